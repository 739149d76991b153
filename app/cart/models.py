"""Storage of carts, with optimistic locking: a change that conflicts is applied again."""

from collections.abc import Callable
from datetime import datetime, timedelta

from pynamodb.attributes import TTLAttribute, UTCDateTimeAttribute
from pynamodb.exceptions import DoesNotExist, PutError, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from app.cart.cart import Cart, CartLine
from app.cart.draft import EMPTY_DRAFT, CheckoutDraft
from app.customers.accounts import create_under_account, require_account
from app.customers.models import VisitorPart, customer_id, is_customer_id, visitor_key
from app.errors import Unavailable
from app.i18n.messages import lazy_gettext
from app.persistence.dynamodb import (
    IntegerAttribute,
    StructAttribute,
    is_condition_failure,
    retrying_transaction,
    update_if,
)

CART_TTL = timedelta(days=30)
MAX_ATTEMPTS = 5


class CartRow(VisitorPart, discriminator="cart"):
    """The cart of one visitor."""

    lines = StructAttribute[tuple[CartLine, ...]](tuple[CartLine, ...], default=())
    version = IntegerAttribute(default=0)
    draft = StructAttribute[CheckoutDraft](CheckoutDraft, null=True)
    expires_at = TTLAttribute()
    ended_at = UTCDateTimeAttribute(null=True)  # of a guest who has signed in or signed out

    @property
    def cart(self) -> Cart:
        return Cart(self.lines, int(self.version), self.draft or EMPTY_DRAFT)

    def cart_at(self, now: datetime) -> Cart:
        """The cart, without a draft whose time is over: DynamoDB may delete the row days later."""
        return self.cart if now < self.expires_at else self.cart.with_draft(EMPTY_DRAFT)


def load_cart(visitor: str, *, now: datetime | None = None) -> Cart:
    """The stored cart; without an expired draft if ``now`` is given."""
    try:
        row = CartRow.get(visitor_key(visitor), "cart", consistent_read=True)
    except DoesNotExist:
        return Cart()
    return row.cart_at(now) if now else row.cart


def update_cart(
    visitor: str,
    change: Callable[[Cart], Cart],
    *,
    now: datetime,
    signed_in_at: datetime | None = None,
) -> Cart:
    """Apply ``change`` to the stored cart, and apply it again if another request changed the cart.

    So the cart has both products if two tabs add one each. A customer's cart needs the time of the
    sign-in: a deleted account gets no new cart. Raises ``Unavailable`` then, and after
    ``MAX_ATTEMPTS`` conflicts.
    """
    for _ in range(MAX_ATTEMPTS):
        before = load_cart(visitor, now=now)
        row = _row(visitor, before, change(before), now)
        try:
            if is_customer_id(visitor) and not before.version:
                create_under_account(row, visitor, since=signed_in_at)
            else:
                row.save(condition=_is_unchanged(before))
        except (PutError, TransactWriteError) as error:
            if not is_condition_failure(error):
                raise
        else:
            return row.cart
    raise _busy()


def move_cart(
    guest: str, customer: str, merge: Callable[[Cart, Cart], Cart], *, now: datetime
) -> tuple[Cart, Cart, Cart]:
    """Merge the guest's cart into the customer's and end the guest, in one transaction.

    Returns the guest's cart, the customer's, and both merged. A guest's draft with the customer's
    email address moves too, if the customer has none, and so does the guest's discount code.
    A crash neither loses nor doubles a line, and the guest's cookie opens nothing from then on.
    Raises ``Unavailable`` after ``MAX_ATTEMPTS`` conflicts.
    """
    for _ in range(MAX_ATTEMPTS):
        taken, earlier = load_cart(guest, now=now), load_cart(customer, now=now)
        merged = _with_own_draft(customer, merge(earlier, taken), taken.draft)
        row = _row(customer, earlier, merged, now)
        try:
            with retrying_transaction() as transaction:
                ended = _ended_row(guest, taken, now)
                transaction.save(ended, condition=_is_unchanged(taken))
                if taken.lines or merged.draft != earlier.draft:
                    require_account(transaction, customer, since=now)
                    transaction.save(row, condition=_is_unchanged(earlier))
        except TransactWriteError as error:
            if not is_condition_failure(error):
                raise
        else:
            return taken, earlier, row.cart
    raise _busy()


def _with_own_draft(customer: str, cart: Cart, draft: CheckoutDraft) -> Cart:
    is_own = not cart.draft.values and customer_id(draft.email) == customer
    code = draft.discount_code or cart.draft.discount_code
    return cart.with_draft((draft if is_own else cart.draft).with_discount_code(code))


def end_guest(guest: str, *, now: datetime) -> None:
    """Drop the guest's cart, and with it what their cookie opens. A repeat changes nothing more."""
    _ended_row(guest, load_cart(guest), now).save()


def _busy() -> Unavailable:
    return Unavailable(
        lazy_gettext("Your cart is being changed in another window. Please try again.")
    )


def clear_cart(transaction: TransactWrite, visitor: str, cart: Cart, draft: CheckoutDraft) -> None:
    """Empty the cart, and keep the draft for another payment or the next purchase.

    The transaction fails if the cart was changed since it was read.
    """
    actions: list[Action] = [
        CartRow.lines.set(()),
        CartRow.version.set(cart.version + 1),
        CartRow.draft.set(draft),
    ]
    transaction.update(
        CartRow(visitor_key(visitor), "cart"),
        actions=actions,
        condition=CartRow.version == cart.version,
    )


def save_draft(visitor: str, cart: Cart, draft: CheckoutDraft) -> None:
    """Keep the draft with a cart that has lines. The version of the cart stays the same.

    A cart that was changed meanwhile keeps its draft: the open form has the newer text.
    """
    if draft != cart.draft and cart.lines:
        row = CartRow(visitor_key(visitor), "cart")
        update_if(row, [CartRow.draft.set(draft)], _is_unchanged(cart))


def _row(visitor: str, before: Cart, after: Cart, now: datetime) -> CartRow:
    return CartRow(
        visitor_key(visitor),
        "cart",
        lines=after.lines,
        version=before.version + 1,
        draft=after.draft if after.draft != EMPTY_DRAFT else None,
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
