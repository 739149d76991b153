"""Who is visiting, and with what in the cart: one Query for a guest, two for a customer."""

from dataclasses import dataclass, field
from datetime import datetime

from app.cart.cart import Cart
from app.cart.models import CartRow, cart_of
from app.customers.models import Session, VisitorPart, customer_of, visitor_key
from app.customers.sessions import is_over, keep_alive
from app.settings import settings


@dataclass(frozen=True)
class Visit:
    """A visitor by the hash of their cookie; ``visitor`` is empty for one who has no cookie yet."""

    visitor: str = ""
    email: str = ""
    cart: Cart = field(default_factory=Cart)

    @property
    def cart_owner(self) -> str:
        """Under whom the cart is kept: a customer finds theirs on every device."""
        return customer_of(self.email) if self.email else self.visitor

    @property
    def merchant(self) -> bool:
        """Asked of the settings each time, so that a removed merchant is out at once."""
        return bool(self.email) and self.email in settings().merchants


def visit_of(visitor: str, *, now: datetime, by_itself: bool = False) -> Visit:
    """A session that is over counts as none, whether or not DynamoDB has deleted it yet.

    A page that asks ``by_itself`` is no sign of a person, and keeps no session alive.
    """
    email, cart = "", Cart()
    for row in VisitorPart.query(visitor_key(visitor), consistent_read=True):
        if isinstance(row, CartRow):
            cart = row.cart
        elif isinstance(row, Session) and not is_over(row, now=now):
            email = row.email
            if not by_itself:
                keep_alive(row, now=now)
    return Visit(visitor, email, cart_of(customer_of(email)) if email else cart)
