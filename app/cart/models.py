"""Storage of carts, with optimistic locking: a change that conflicts is applied again."""

from collections.abc import Callable
from datetime import datetime, timedelta

from pynamodb.attributes import TTLAttribute
from pynamodb.exceptions import DoesNotExist, PutError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from app.cart.cart import Cart, CartLine
from app.customers.models import VisitorPart, visitor_key
from app.errors import Unavailable
from app.i18n.messages import lazy_gettext
from app.persistence.dynamodb import IntegerAttribute, StructAttribute, is_condition_failure

CART_TTL = timedelta(days=30)
MAX_ATTEMPTS = 5


class CartRow(VisitorPart, discriminator="cart"):
    """The cart of one visitor."""

    lines = StructAttribute[tuple[CartLine, ...]](tuple[CartLine, ...], default=())
    version = IntegerAttribute(default=0)
    expires_at = TTLAttribute()

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
        after = change(before)
        row = _row(visitor, Cart(after.lines, before.version + 1), now)
        try:
            row.save(condition=_is_unchanged(before))
        except PutError as error:
            if not is_condition_failure(error):
                raise
        else:
            return row.cart
    raise Unavailable(
        lazy_gettext("Your cart is being changed in another window. Please try again.")
    )


def clear_cart(transaction: TransactWrite, visitor: str, cart: Cart) -> None:
    """Empty the cart in a transaction that fails if the cart was changed since it was read."""
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
        expires_at=now + CART_TTL,
    )


def _is_unchanged(cart: Cart) -> Condition:
    missing = CartRow.owner.does_not_exist()
    return CartRow.version == cart.version if cart.version else missing
