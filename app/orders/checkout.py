"""Placing an order: one transaction saves it, holds its stock, empties the cart and tells of it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from app.cart.models import empty
from app.cart.pricing import PricedCart, PricedLine, look_again
from app.errors import Busy, Conflict, NotFound, Unacceptable
from app.i18n.messages import said
from app.inventory.reservations import hold
from app.inventory.stock_shards import take_from
from app.money import CURRENCY
from app.orders.checkout_errors import EmptyCart, cart_changed, explain, price_changed, sold_out
from app.orders.events import OrderPlaced
from app.orders.models import Address, Order, OrderLine, shard_of
from app.orders.outbox import tell
from app.orders.transitions import about, find_order, open_shard
from app.payments.gateway import METHODS
from app.persistence.dynamodb import refused_by_condition, writing_together
from app.settings import settings

REVIEW_ABOVE = 40_000
LARGEST_TOTAL = 10**9
LOOKS = 8  # at the drawers of a sku that a crowd wants; each that was in vain sold to somebody else


@dataclass(frozen=True)
class OrderRequest:
    """What the customer asks for. ``visitor`` is empty for the API, which has no cart to empty."""

    order_id: str
    owner: str
    email: str
    address: Address
    payment_method: str
    shown_total: int | None = None
    visitor: str = ""
    cart_version: int | None = None  # of the cart that the page showed
    language: str = "en"

    def fingerprint(self, lines: str = "") -> str:
        """Tells whether a second request under this id asks for the same; ``lines`` for the API."""
        fields = (self.email, self.address, self.payment_method, self.shown_total, lines)
        return hashlib.sha256(msgspec.json.encode(fields)).hexdigest()


def place_order(
    request: OrderRequest, cart: PricedCart, *, now: datetime, fingerprint: str = ""
) -> Order:
    """Save the order, hold its stock, empty the cart and note the event: all of it, or nothing.

    The checkout page chose ``request.order_id`` when it was drawn. A customer who presses the
    button twice sends the same one twice, and gets the same order.
    """
    fingerprint = fingerprint or request.fingerprint()
    if earlier := _placed_before(request, fingerprint):
        return earlier
    for _ in range(LOOKS):
        _check(request, cart)
        order = _order(request, cart, fingerprint, now)
        refused = _save(order, cart, request)
        if refused is None:
            return order
        if earlier := _placed_before(request, fingerprint):
            return earlier
        explain(refused, order, cart, with_cart=bool(request.visitor))
        cart = _with_other_drawers(cart)
    raise Busy(said("The shop is very busy right now. Please try again."))


def _with_other_drawers(cart: PricedCart) -> PricedCart:
    """One drawer was empty, and another may not be; or its price was no longer the one shown."""
    now = look_again(cart)
    if now.total != cart.total:
        raise price_changed()
    return now


def _save(order: Order, cart: PricedCart, request: OrderRequest) -> TransactWriteError | None:
    """All of it, or nothing and the refusal."""
    try:
        with writing_together() as transaction:
            _write(transaction, order, cart, request)
    except TransactWriteError as error:
        if not refused_by_condition(error):
            raise
        return error
    order.events = 1
    return None


def _placed_before(request: OrderRequest, fingerprint: str) -> Order | None:
    try:
        earlier = find_order(request.order_id)
    except NotFound:
        return None
    if earlier.owner != request.owner:
        raise Conflict(said("This form has expired. Please check out again."))
    if earlier.request_hash != fingerprint:
        raise Unacceptable(said("This order has been placed already, with other details."))
    return earlier


def _check(request: OrderRequest, cart: PricedCart) -> None:
    if not cart.lines:
        raise EmptyCart(said("Your cart is empty."))
    if request.cart_version not in (None, cart.cart.version):
        raise cart_changed()
    if request.payment_method not in METHODS:
        raise Unacceptable(said("Please choose how to pay."), field="payment_method")
    _check_stock(cart)
    if request.shown_total is not None and cart.total != request.shown_total:
        raise price_changed()
    if cart.total > LARGEST_TOTAL:
        raise Unacceptable(said("This order is too large for us. Please write to us."))


def _check_stock(cart: PricedCart) -> None:
    if unknown := [ln.line.sku for ln in cart.lines if ln.stock is None]:
        raise Unacceptable(
            said("We have nothing under the sku %(sku)s.", sku=unknown[0]), field="lines"
        )
    if missing := [ln for ln in cart.lines if ln.available < ln.line.quantity]:
        raise sold_out(missing[0])


def _order(request: OrderRequest, cart: PricedCart, fingerprint: str, now: datetime) -> Order:
    number = f"HC-{now:%m%d}-{request.order_id[-5:]}"
    return Order(
        request.order_id,
        number=number,
        owner=request.owner,
        request_hash=fingerprint,
        email=request.email,
        address=request.address,
        lines=tuple(_snapshot(line) for line in cart.lines),
        subtotal=cart.subtotal,
        shipping=cart.shipping,
        total=cart.total,
        currency=CURRENCY,
        payment_method=request.payment_method,
        language=request.language,
        needs_review=cart.total > REVIEW_ABOVE,
        placed_at=now,
        moved_at=now,
        day_shard=f"{now:%Y-%m-%d}#{shard_of(number)}",
        open_shard=open_shard(request.order_id),
        due_at=now + timedelta(seconds=settings().patience_seconds),
    )


def _snapshot(line: PricedLine) -> OrderLine:
    if not line.piece:  # _check has seen that there is stock to buy, so the piece is listed
        raise sold_out(line)
    sku = line.line.sku
    picture = line.piece.picture_of(sku)
    return OrderLine(
        sku=sku,
        title=line.piece.product.title,
        variant=line.piece.variant_name(sku),
        quantity=line.line.quantity,
        price=line.price,
        picture=picture.url(240) if picture else None,
        drawers=_drawers_for(line),
    )


def _drawers_for(line: PricedLine) -> dict[str, int]:
    """Chosen anew at each try; none for the many skus that have but one row."""
    if line.stock is None or not line.stock.drawers:
        return {}
    return dict(take_from(line.stock.rows, line.line.quantity))


def _write(
    transaction: TransactWrite, order: Order, cart: PricedCart, request: OrderRequest
) -> None:
    event = OrderPlaced(
        **about(order, order.placed_at),
        lines=order.event_lines,
        total=order.total,
        currency=order.currency,
        needs_review=order.needs_review,
    )
    order.events = 1
    transaction.save(order, condition=Order.order_id.does_not_exist())
    tell(transaction, event)
    if request.visitor:
        empty(transaction, request.visitor, cart.cart)
    for line in order.lines:
        for key, pieces in line.held.items():
            hold(transaction, key, pieces, price=line.price)
