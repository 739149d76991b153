"""Checkout: one transaction saves the order, reserves stock, empties the cart, appends an event."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from app.cart.models import clear_cart
from app.cart.pricing import PricedCart, PricedLine, apply_discount_code, reload_stock
from app.customers.models import customer_id, is_customer_id
from app.discounts import redemption
from app.errors import BUSY, Conflict, NotFound, RateLimited, Unavailable, ValidationFailed
from app.i18n.currency import CURRENCY
from app.i18n.messages import lazy_gettext
from app.inventory import reservations
from app.inventory.stock_shards import allocate
from app.observability.spans import begin_order
from app.orders import outbox
from app.orders.caller_limits import count_order
from app.orders.checkout_errors import (
    EmptyCart,
    already_placed,
    cart_changed,
    price_changed,
    raise_for_refusal,
    raise_if_in_progress,
    sold_out,
)
from app.orders.drafts import placed_draft
from app.orders.events import OrderPlaced
from app.orders.models import Address, Order, OrderLine
from app.orders.numbers import day_shard, order_number
from app.orders.transitions import event_header, find_order, open_shard
from app.payments.gateway import PAYMENT_METHODS
from app.persistence.dynamodb import is_condition_failure, retrying_transaction
from app.settings import settings
from app.shop_time import shop_day

REVIEW_THRESHOLD = 40_000
MAX_TOTAL = 10**9
MAX_ATTEMPTS = 8  # with other stock shards; a failed one means that a competing order got the units


@dataclass(frozen=True)
class OrderRequest:
    """What the customer submitted. ``visitor`` is empty for the API, which has no stored cart."""

    order_id: str
    owner: str
    email: str
    address: Address
    payment_method: str
    shown_total: int | None = None
    visitor: str = ""
    cart_version: int | None = None  # version of the cart that the page showed
    language: str = "en"
    email_verified: bool = False  # the customer is signed in with this address
    caller: str = ""  # the network that is limited; empty for none
    billing_address: Address | None = None  # if it is not the delivery address
    delivery_note: str = ""
    discount_code: str = ""

    @property
    def is_with_another_email(self) -> bool:
        """Whether a signed-in customer orders with another email than that of the account."""
        return is_customer_id(self.owner) and self.owner != customer_id(self.email)

    def fingerprint(self, lines: str = "") -> str:
        """A hash that distinguishes a repeat from another request with the same id.

        It is short: a usual order then fits in 1 KB, so that each write costs one write unit.
        """
        fields: tuple[object, ...] = (self.email, self.address, self.payment_method)
        fields += (self.shown_total, lines, self.billing_address, self.delivery_note)
        fields += (self.discount_code,) if self.discount_code else ()
        digest = hashlib.sha256(msgspec.json.encode(fields)).digest()
        return base64.urlsafe_b64encode(digest).decode()


def place_order(
    request: OrderRequest, cart: PricedCart, *, now: datetime, fingerprint: str = ""
) -> Order:
    """Save the order, reserve its stock, empty the cart and append the event, in one transaction.

    A discount code is redeemed in it too. The emptied cart keeps the order's details as its
    checkout draft. Idempotent by ``request.order_id``, which the checkout page generated: a second
    submit returns the same order.
    Transactional outbox:
    https://microservices.io/patterns/data/transactional-outbox.html
    Raises a ``Conflict`` of ``checkout_errors``, ``ValidationFailed`` (``AlreadyPlaced`` for a
    repeat with other details), ``RateLimited`` for a caller with too many orders, or
    ``Unavailable`` after ``MAX_ATTEMPTS`` reservations failed on busy stock shards.
    """
    cart = cart.delivered_to(request.address.country)
    fingerprint = fingerprint or request.fingerprint()
    if earlier := _find_or_check(request, cart, fingerprint, now):
        return earlier
    for _ in range(MAX_ATTEMPTS):
        order = _order(request, cart, fingerprint, now)
        failure = _save(order, cart, request)
        if failure is None:
            begin_order(order.order_id)
            return order
        if earlier := _find_earlier_order(request, fingerprint):
            return earlier
        raise_for_refusal(failure, order, cart, with_cart=bool(request.visitor))
        reloaded = _reload(cart, request, now)
        if earlier := _find_earlier_order(request, fingerprint):  # it may have the last units
            return earlier
        _check(request, reloaded)
        cart = _require_same_total(reloaded, cart)
    raise Unavailable(BUSY)


def _find_or_check(
    request: OrderRequest, cart: PricedCart, fingerprint: str, now: datetime
) -> Order | None:
    """The order of an earlier submit, or None if the cart can be ordered, and is counted.

    A visitor's cart was emptied with the earlier order, so this submit is refused then: only a
    refusal needs to look for that order. The API has no such cart, and looks first.
    """
    if not request.visitor and (earlier := _find_earlier_order(request, fingerprint)):
        return earlier
    try:
        _check(request, cart)
        count_order(request.caller, request.order_id, cart.cart.count, now=now)
    except (Conflict, RateLimited, ValidationFailed):
        if earlier := _find_earlier_order(request, fingerprint):
            return earlier
        raise
    return None


def _reload(cart: PricedCart, request: OrderRequest, now: datetime) -> PricedCart:
    """The cart with current stock, for another stock shard, and current terms of its discount."""
    code = request.discount_code
    return apply_discount_code(reload_stock(cart), code, now=now, email=request.email)


def _require_same_total(reloaded: PricedCart, cart: PricedCart) -> PricedCart:
    """The reloaded cart. Raises ``PriceChanged`` if its total differs."""
    if reloaded.total != cart.total:
        raise price_changed(reloaded.total)
    return reloaded


def _save(order: Order, cart: PricedCart, request: OrderRequest) -> TransactWriteError | None:
    """Write the transaction. Return the error if a condition failed, else None."""
    try:
        with retrying_transaction() as transaction:
            _write(transaction, order, cart, request)
    except TransactWriteError as error:
        if not is_condition_failure(error):
            raise
        return error
    except Unavailable as busy:
        raise_if_in_progress(busy)
        raise
    return None


def _find_earlier_order(request: OrderRequest, fingerprint: str) -> Order | None:
    try:
        earlier = find_order(request.order_id)
    except NotFound:
        return None
    if earlier.owner != request.owner:
        raise Conflict(lazy_gettext("This form has expired. Please check out again."))
    if earlier.request_hash != fingerprint:
        raise already_placed(earlier)
    return earlier


def _check(request: OrderRequest, cart: PricedCart) -> None:
    if not cart.lines:
        raise EmptyCart(lazy_gettext("Your cart is empty."))
    if request.cart_version not in (None, cart.cart.version):
        raise cart_changed()
    _check_discount(request, cart)
    if request.payment_method not in PAYMENT_METHODS:
        raise ValidationFailed(lazy_gettext("Select a payment method."), field="payment_method")
    _check_stock(cart)
    if request.shown_total is not None and cart.total != request.shown_total:
        raise price_changed(cart.total)
    if cart.total > MAX_TOTAL:
        raise ValidationFailed(lazy_gettext("This order is too large. Please contact us."))


def _check_discount(request: OrderRequest, cart: PricedCart) -> None:
    if cart.refusal:
        raise cart.refusal
    if request.discount_code != (cart.code.code if cart.code else ""):
        raise cart_changed()


def _check_stock(cart: PricedCart) -> None:
    if unknown := [ln.line.sku for ln in cart.lines if ln.stock is None]:
        raise ValidationFailed(lazy_gettext("Unknown SKU: %(sku)s.", sku=unknown[0]), field="lines")
    if short := [ln for ln in cart.lines if ln.available < ln.line.quantity]:
        raise sold_out(short[0])


def _order(request: OrderRequest, cart: PricedCart, fingerprint: str, now: datetime) -> Order:
    number = order_number(shop_day(now), request.order_id)
    return Order(
        request.order_id,
        number=number,
        owner=request.owner,
        account_at=now if request.is_with_another_email else None,
        request_hash=fingerprint,
        email=request.email,
        email_verified=request.email_verified or None,
        discount_code=cart.code.code if cart.code else None,
        address=request.address,
        billing_address=request.billing_address,
        delivery_note=request.delivery_note or None,
        lines=tuple(_snapshot(line) for line in cart.lines),
        subtotal=cart.subtotal,
        shipping=cart.shipping,
        total=cart.total,
        tax_rate=cart.tax_rate,
        currency=CURRENCY,
        payment_method=request.payment_method,
        language=request.language,
        needs_review=cart.total > REVIEW_THRESHOLD,
        placed_at=now,
        status_changed_at=now,
        day_shard=day_shard(number),
        open_shard=open_shard(request.order_id),
        next_check_at=now + timedelta(seconds=settings().stuck_after_seconds),
    )


def _snapshot(line: PricedLine) -> OrderLine:
    if not line.entry:  # cannot happen: _check requires stock, and stock requires a product
        raise sold_out(line)
    sku = line.line.sku
    image = line.entry.image_of(sku)
    return OrderLine(
        sku=sku,
        title=line.entry.product.title,
        variant=line.entry.variant_name(sku),
        quantity=line.line.quantity,
        price=line.price,
        image=image.url(240) if image else None,
        stock_shards=_stock_shards_for(line),
        untaxed=line.untaxed,
        discount=line.discount,
    )


def _stock_shards_for(line: PricedLine) -> dict[str, int]:
    """The stock shards to take each unit from; empty for a SKU whose stock is not sharded."""
    if line.stock is None or not line.stock.extra_shards:
        return {}
    return dict(allocate(line.stock.shards, line.line.quantity))


def _write(
    transaction: TransactWrite, order: Order, cart: PricedCart, request: OrderRequest
) -> None:
    event = OrderPlaced(
        **event_header(order, order.placed_at),
        lines=order.event_lines,
        total=order.total,
        currency=order.currency,
        needs_review=order.needs_review,
    )
    order.event_count = 1
    transaction.save(order, condition=Order.order_id.does_not_exist())
    outbox.append(transaction, event)
    if request.visitor:
        draft = placed_draft(order, cart.cart.draft)
        clear_cart(transaction, request.visitor, cart.cart, draft)
    for line in order.lines:
        for stock_key, quantity in line.reservations.items():
            reservations.reserve(transaction, stock_key, quantity, expected_price=line.price)
    if cart.code:
        redemption.redeem_code(transaction, cart.code, order.email)
