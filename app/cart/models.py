"""Keeping a cart with its visitor; a change that was overtaken by another is made again."""

from collections.abc import Callable
from datetime import datetime, timedelta

from pynamodb.attributes import TTLAttribute
from pynamodb.exceptions import DoesNotExist, PutError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from app.cart.cart import Cart, CartLine
from app.customers.models import VisitorPart, visitor_key
from app.errors import Busy
from app.i18n.messages import said
from app.persistence.dynamodb import StructAttribute, WholeAttribute, refused_by_condition

KEPT_FOR = timedelta(days=30)
TRIES = 5


class CartRow(VisitorPart, discriminator="cart"):
    """The cart of one visitor."""

    lines = StructAttribute[tuple[CartLine, ...]](tuple[CartLine, ...], default=())
    version = WholeAttribute(default=0)
    expires_at = TTLAttribute()

    @property
    def cart(self) -> Cart:
        return Cart(self.lines, int(self.version))


def cart_of(visitor: str) -> Cart:
    try:
        return CartRow.get(visitor_key(visitor), "cart", consistent_read=True).cart
    except DoesNotExist:
        return Cart()


def change_cart(visitor: str, change: Callable[[Cart], Cart], *, now: datetime) -> Cart:
    """Apply ``change`` to the cart as it is; made again when someone else changed it meanwhile.

    So two tabs that add a piece each end with both pieces.
    """
    for _ in range(TRIES):
        before = cart_of(visitor)
        after = change(before)
        row = _row(visitor, Cart(after.lines, before.version + 1), now)
        try:
            row.save(condition=_unchanged(before))
        except PutError as error:
            if not refused_by_condition(error):
                raise
        else:
            return row.cart
    raise Busy(said("Your cart is being changed in many places at once. Please try again."))


def empty(transaction: TransactWrite, visitor: str, cart: Cart) -> None:
    """Empty this very cart, on condition that nobody has changed it since it was read."""
    transaction.update(
        CartRow(visitor_key(visitor), "cart"),
        actions=[CartRow.lines.set(()), CartRow.version.set(cart.version + 1)],
        condition=CartRow.version == cart.version,
    )


def _row(visitor: str, cart: Cart, now: datetime) -> CartRow:
    return CartRow(
        visitor_key(visitor),
        "cart",
        lines=cart.lines,
        version=cart.version,
        expires_at=now + KEPT_FOR,
    )


def _unchanged(cart: Cart) -> Condition:
    missing = CartRow.owner.does_not_exist()
    return CartRow.version == cart.version if cart.version else missing
