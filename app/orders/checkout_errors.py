"""The errors of a checkout, and which failed write of its transaction means which error."""

from pynamodb.exceptions import TransactWriteError

from app.cart.pricing import PricedCart, PricedLine
from app.discounts import redemption
from app.errors import Conflict, Unavailable, ValidationFailed
from app.i18n.messages import lazy_gettext
from app.orders.models import Order
from app.persistence.dynamodb import cancellation_codes, failed_conditions


class EmptyCart(Conflict):
    """The cart is empty."""


class PriceChanged(Conflict):
    """The total, in cents, differs from the one that the page showed or the client expected."""

    def __init__(self, message: str, *, total: int) -> None:
        super().__init__(message)
        self.total = total


class OrderInProgress(Conflict, Unavailable):
    """Another request with the same order id is being processed; a retry returns its order."""


class AlreadyPlaced(ValidationFailed):
    """The order id belongs to an order of the same owner with other details."""

    def __init__(self, message: str, *, order: Order) -> None:
        super().__init__(message)
        self.order = order


class SoldOut(Conflict):
    """The available stock is too low. Nothing was reserved or charged."""


class CartChanged(Conflict):
    """The cart was changed elsewhere after the page was rendered."""


def raise_for_refusal(
    error: TransactWriteError, order: Order, cart: PricedCart, *, with_cart: bool
) -> None:
    """Raise the error that the failed conditions mean; return if another attempt may succeed.

    That is so with another stock shard, or with the current terms of the discount code. PynamoDB
    sends the puts of a transaction before its updates: order, event, then the cart, if there is
    one, then one update for each stock shard of each line, then those of the discount code.
    """
    failed_writes = failed_conditions(error)[2:]
    redemption_failed = False
    if cart.code:
        redemption_failed = any(failed_writes[-redemption.WRITES :])
        failed_writes = failed_writes[: -redemption.WRITES]
    if with_cart:
        if failed_writes[0]:
            raise cart_changed() from error
        failed_writes = failed_writes[1:]
    reserved = [
        (line, bool(saved.stock_shards))
        for line, saved in zip(cart.lines, order.lines, strict=True)
        for _ in saved.reservations
    ]
    short = [pair for failed, pair in zip(failed_writes, reserved, strict=True) if failed]
    if not short and not redemption_failed:
        raise Conflict(lazy_gettext("This form has expired. Please check out again.")) from error
    if unsharded := [line for line, is_sharded in short if not is_sharded]:
        raise sold_out(unsharded[0]) from error


def cart_changed() -> CartChanged:
    return CartChanged(
        lazy_gettext("Your cart was changed in another window. Please reload the page.")
    )


def price_changed(total: int) -> PriceChanged:
    return PriceChanged(
        lazy_gettext("A price has changed since you opened this page. Please reload the page."),
        total=total,
    )


def already_placed(order: Order) -> AlreadyPlaced:
    return AlreadyPlaced(
        lazy_gettext("This order has already been placed with different details."), order=order
    )


def raise_if_in_progress(busy: Unavailable) -> None:
    """Raise ``OrderInProgress`` if the transaction met another one that writes the same order."""
    conflict = busy.__cause__
    if not isinstance(conflict, TransactWriteError):
        return
    if cancellation_codes(conflict)[:1] == ("TransactionConflict",):
        raise OrderInProgress(
            lazy_gettext("This order is being placed right now. Please try again in a moment.")
        ) from busy


def sold_out(line: PricedLine) -> SoldOut:
    title = line.entry.product.title if line.entry else line.line.sku
    return SoldOut(
        lazy_gettext(
            "%(product)s: not enough left in stock, or the price has just changed.",
            product=title,
        )
    )
