"""The visitor of a request with session and cart: one Query for a guest, two for a customer."""

from dataclasses import dataclass, field
from datetime import datetime

from app.cart.cart import Cart
from app.cart.models import CartRow, load_cart
from app.customers.models import (
    Session,
    VisitorPart,
    customer_id,
    needs_session,
    visitor_key,
)
from app.customers.sessions import extend_session, is_expired
from app.settings import settings


@dataclass(frozen=True)
class Visitor:
    """A guest or customer. ``visitor_id`` is the hash of their cookie, or "" without a cookie.

    ``signed_in_at`` is when the customer's session began.
    """

    visitor_id: str = ""
    email: str = ""
    cart: Cart = field(default_factory=Cart)
    signed_in_at: datetime | None = None

    @property
    def owner(self) -> str:
        """The owner of the cart and of new orders.

        A customer owns them on every device, as long as a session says who they are.
        """
        return customer_id(self.email) if self.email else self.visitor_id

    @property
    def is_merchant(self) -> bool:
        """An owner of the shop or a member of its staff.

        Reads the settings each time, so a removed merchant loses access at once.
        """
        return bool(self.email) and self.email in settings().merchants

    @property
    def is_shop_owner(self) -> bool:
        """An owner of the shop, who may do everything in the admin."""
        return bool(self.email) and self.email in settings().owners


def load_visitor(visitor: str, *, now: datetime, is_background: bool = False) -> Visitor:
    """Load session and cart. An expired session is ignored, even if DynamoDB still has its row.

    A customer's cookie without a session, and that of a guest who has signed in or out, are no
    one's: the next form gets a new one. A background request, such as polling by a page, does not
    extend the session.
    """
    rows = list(VisitorPart.query(visitor_key(visitor), consistent_read=True))
    if needs_session(visitor):
        session = next((row for row in rows if isinstance(row, Session)), None)
        if session is None or is_expired(session, now=now):
            return Visitor()
        if not is_background:
            extend_session(session, now=now)
        cart = load_cart(customer_id(session.email), now=now)
        return Visitor(visitor, session.email, cart, session.signed_in_at)
    return _guest(visitor, next((row for row in rows if isinstance(row, CartRow)), None), now)


def _guest(visitor: str, row: CartRow | None, now: datetime) -> Visitor:
    if row is None:
        return Visitor(visitor)
    return Visitor() if row.ended_at else Visitor(visitor, cart=row.cart_at(now))
