"""Storage of carts, with optimistic locking: a change that conflicts is applied again."""

from collections.abc import Callable
from datetime import datetime, timedelta

from pynamodb.attributes import TTLAttribute, UTCDateTimeAttribute
from pynamodb.exceptions import DoesNotExist, PutError, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from app.cart.cart import Cart, CartLine
from app.customers.models import VisitorPart, visitor_key
from app.errors import Unavailable
from app.i18n.messages import lazy_gettext
from app.persistence.dynamodb import (
    IntegerAttribute,
    StructAttribute,
    is_condition_failure,
    retrying_transaction,
)

CART_TTL = timedelta(days=30)
MAX_ATTEMPTS = 5


class CartRow(VisitorPart, discriminator="cart"):
    """The cart of one visitor."""

    lines = StructAttribute[tuple[CartLine, ...]](tuple[CartLine, ...], default=())
    version = IntegerAttribute(default=0)
    expires_at = TTLAttribute()
    ended_at = UTCDateTimeAttribute(null=True)  # of a guest who has signed in or signed out

    @property
    def cart(self) -> Cart:
        return Cart(self.lines, int(self.version))


def load_cart(visitor: str) -> Cart:
    try:
        return CartRow.get(visitor_key(visitor), "cart", consistent_read=True).cart
    except DoesNotExist:
        return Cart()


def update_cart(visitor: str, change: Callable[[Cart], Cart], *, now: datetime) -> Cart:
    """Apply ``change`` to the stored cart, and apply it again if another request changed the cart.

    So the cart has both products if two tabs add one each. Raises ``Unavailable`` after
    ``MAX_ATTEMPTS`` conflicts.
    """
    for _ in range(MAX_ATTEMPTS):
        before = load_cart(visitor)
        row = _row(visitor, before, change(before), now)
        try:
            row.save(condition=_is_unchanged(before))
        except PutError as error:
            if not is_condition_failure(error):
                raise
        else:
            return row.cart
    raise _busy()


def move_cart(
    guest: str, customer: str, merge: Callable[[Cart, Cart], Cart], *, now: datetime
) -> tuple[Cart, Cart, Cart]:
    """Merge the guest's cart into the customer's and end the guest, in one transaction.

    Returns the guest's cart, the customer's, and both merged. A crash neither loses nor doubles a
    line, and the guest's cookie opens nothing from then on. Raises ``Unavailable`` after
    ``MAX_ATTEMPTS`` conflicts.
    """
    for _ in range(MAX_ATTEMPTS):
        taken, earlier = load_cart(guest), load_cart(customer)
        row = _row(customer, earlier, merge(earlier, taken), now)
        try:
            with retrying_transaction() as transaction:
                ended = _ended_row(guest, taken, now)
                transaction.save(ended, condition=_is_unchanged(taken))
                if taken.lines:
                    transaction.save(row, condition=_is_unchanged(earlier))
        except TransactWriteError as error:
            if not is_condition_failure(error):
                raise
        else:
            return taken, earlier, row.cart
    raise _busy()


def end_guest(guest: str, *, now: datetime) -> None:
    """Drop the guest's cart, and with it what their cookie opens. A repeat changes nothing more."""
    _ended_row(guest, load_cart(guest), now).save()


def _busy() -> Unavailable:
    return Unavailable(
        lazy_gettext("Your cart is being changed in another window. Please try again.")
    )


def clear_cart(transaction: TransactWrite, visitor: str, cart: Cart) -> None:
    """Empty the cart in a transaction that fails if the cart was changed since it was read."""
    transaction.update(
        CartRow(visitor_key(visitor), "cart"),
        actions=[CartRow.lines.set(()), CartRow.version.set(cart.version + 1)],
        condition=CartRow.version == cart.version,
    )


def _row(visitor: str, before: Cart, after: Cart, now: datetime) -> CartRow:
    return CartRow(
        visitor_key(visitor),
        "cart",
        lines=after.lines,
        version=before.version + 1,
        expires_at=now + CART_TTL,
    )


def _ended_row(guest: str, before: Cart, now: datetime) -> CartRow:
    """The empty cart that ends a guest.

    It outlives what the guest may see without signing in: ``GUEST_ACCESS`` is shorter.
    """
    row = _row(guest, before, Cart(), now)
    row.ended_at = now
    return row


def _is_unchanged(cart: Cart) -> Condition:
    """An ended guest's cart stays empty, so a request that began before the end fails."""
    if not cart.version:
        return CartRow.owner.does_not_exist()
    same: Condition = (CartRow.version == cart.version) & CartRow.ended_at.does_not_exist()
    return same
