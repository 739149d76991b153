"""The visitor of a request with session and cart: one Query for a guest, two for a customer."""

from dataclasses import dataclass, field
from datetime import datetime

from app.cart.cart import Cart
from app.cart.models import CartRow, load_cart
from app.customers.models import Session, VisitorPart, customer_id, visitor_key
from app.customers.sessions import extend_session, is_expired
from app.settings import settings


@dataclass(frozen=True)
class Visitor:
    """A guest or customer. ``visitor_id`` is the hash of their cookie, or "" without a cookie."""

    visitor_id: str = ""
    email: str = ""
    cart: Cart = field(default_factory=Cart)

    @property
    def cart_owner(self) -> str:
        """The owner of the cart. A customer has the same cart on every device."""
        return customer_id(self.email) if self.email else self.visitor_id

    @property
    def is_merchant(self) -> bool:
        """Reads the settings each time, so a removed merchant loses access at once."""
        return bool(self.email) and self.email in settings().merchants


def load_visitor(visitor: str, *, now: datetime, is_background: bool = False) -> Visitor:
    """Load session and cart. An expired session is ignored, even if DynamoDB still has its row.

    A background request, such as polling by a page, does not extend the session.
    """
    email, cart = "", Cart()
    for row in VisitorPart.query(visitor_key(visitor), consistent_read=True):
        if isinstance(row, CartRow):
            cart = row.cart
        elif isinstance(row, Session) and not is_expired(row, now=now):
            email = row.email
            if not is_background:
                extend_session(row, now=now)
    return Visitor(visitor, email, load_cart(customer_id(email)) if email else cart)
