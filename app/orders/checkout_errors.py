"""Why an order cannot be placed: what each refusal is called, and which write it came from."""

from collections.abc import Iterator

from pynamodb.exceptions import TransactWriteError

from app.cart.pricing import PricedCart, PricedLine
from app.errors import Conflict
from app.i18n.messages import said
from app.orders.models import Order, OrderLine
from app.persistence.dynamodb import refused_writes


class EmptyCart(Conflict):
    """There is nothing to order."""


class PriceChanged(Conflict):
    """The customer would pay another sum than the page showed."""


class SoldOut(Conflict):
    """Not enough of a piece is left. Nothing was held and nothing charged."""


class CartChanged(Conflict):
    """The cart was changed elsewhere after this page was drawn."""


def explain(error: TransactWriteError, order: Order, cart: PricedCart, *, with_cart: bool) -> None:
    """Raise what was refused; return when it was one drawer of several, which says little.

    PynamoDB sends a transaction's puts before its updates: order, event, then the cart, if there
    is one, and one for each drawer of each line.
    """
    refused = refused_writes(error)[2:]
    if with_cart:
        if refused[0]:
            raise cart_changed() from error
        refused = refused[1:]
    held = [(line, bool(it.drawers)) for line, it in _lines_of(cart, order) for _ in it.held]
    short = [it for no, it in zip(refused, held, strict=True) if no]
    if not short:
        raise Conflict(said("This form has expired. Please check out again.")) from error
    if whole := [line for line, in_drawers in short if not in_drawers]:
        raise sold_out(whole[0]) from error


def _lines_of(cart: PricedCart, order: Order) -> Iterator[tuple[PricedLine, OrderLine]]:
    return zip(cart.lines, order.lines, strict=True)


def cart_changed() -> CartChanged:
    return CartChanged(said("Your cart was changed in another window. Please look again."))


def price_changed() -> PriceChanged:
    return PriceChanged(said("A price has changed since this page was drawn. Please look again."))


def sold_out(line: PricedLine) -> SoldOut:
    title = line.piece.product.title if line.piece else line.line.sku
    return SoldOut(
        said(
            "%(piece)s: there is no longer enough of it, or its price has just changed.",
            piece=title,
        )
    )
