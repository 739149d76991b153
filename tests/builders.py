"""Test data builders: products, carts, requests and orders, created by the app's own rules.

Each has unique ids, so that tests run in any order on tables that are never emptied.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from ulid import ULID

from app import clock
from app.cart.cart import Cart, CartLine
from app.cart.draft import CheckoutDraft
from app.cart.models import update_cart
from app.cart.pricing import PricedCart, apply_discount_code, price_cart
from app.catalog.catalog_cache import clear_cache, read_full_catalog
from app.catalog.models import (
    CATALOG_ID,
    ImageState,
    Product,
    ProductImage,
    Variant,
    image_key,
)
from app.catalog.products import create_product
from app.discounts.models import Discount
from app.discounts.terms import Terms, create_discount, find_own_discount
from app.inventory.models import Stock
from app.orders.cancellation import cancel_order
from app.orders.checkout import OrderRequest, place_order
from app.orders.compensation import release
from app.orders.events import OrderEvent, read_event, write_event
from app.orders.models import Address, EventRow, IssueReason, Order, OrderIssue
from app.orders.payment import charge
from app.orders.queries import load_order_details
from app.orders.return_policy import ReturnReason
from app.orders.return_rows import Return
from app.orders.review import request_review
from app.orders.shipping import ship
from app.orders.transitions import find_order
from app.payments.fake_gateway import Intent, ProviderRecord
from app.persistence.audit_log import AuditLogEntry
from app.returns.amounts import max_refund
from app.returns.refunds import Receipt, receive_return
from app.returns.requests import ReturnRequest, approve_return, request_return
from tests.crash_injection import crash

# In the future, so that no row expires by the real clock during a test.
NOON = datetime(2031, 6, 12, 12, tzinfo=UTC)
PACKED = NOON + timedelta(days=1)
UNREACHABLE = "7 Nowhere Lane"

_published_products: list[Product] = []


@contextmanager
def cleaned_up() -> Iterator[None]:
    """Remove this test's products and provider records, which other tests would read."""
    before = len(_published_products)
    yield
    for product in _published_products[before:]:
        product.delete()
    del _published_products[before:]
    for entry in ProviderRecord.scan():
        entry.delete()
    clear_cache()


def a_sku() -> str:
    return f"SKU-{ULID()}"


def a_product(
    *, price: int = 2_450, quantity: int = 20, variants: int = 1, title: str = "Tea pot"
) -> Product:
    """A published product with this quantity of each variant."""
    skus = [a_sku() for _ in range(variants)]
    named = "Default" if variants == 1 else "Colour"
    product = Product(
        slug=f"tea-pot-{ULID()}".lower(),
        title=title,
        category="Tableware",
        blurb="It pours well.",
        price=price,
        variants=tuple(
            Variant(sku, named if variants == 1 else f"{named} {i}")
            for i, sku in enumerate(skus, 1)
        ),
    )
    create_product(product, quantities=dict.fromkeys(skus, quantity), now=NOON)
    _published_products.append(product)
    clear_cache()
    return product


def current_product(product: Product) -> Product:
    """The product as the catalog has it now, drafts included."""
    return read_full_catalog(NOON).entry(product.slug).product


def sku_of(product: Product) -> str:
    return product.variants[0].sku


def stock_of(product: Product) -> Stock:
    return Stock.get(sku_of(product), consistent_read=True)


def a_ready_image(
    slug: str,
    image_id: str,
    *,
    alt: str = "A pot",
    size: tuple[int, int] = (960, 1_200),
    version: str = "1",
) -> ProductImage:
    """An image of a product, with content; of the size ``width, height``."""
    image = ProductImage(
        CATALOG_ID,
        image_key(slug, image_id),
        slug=slug,
        image_id=image_id,
        alt=alt,
        state=ImageState.READY,
        version=version,
        width=size[0],
        height=size[1],
        requested_at=NOON,
    )
    image.save()
    clear_cache()
    return image


def counters(product: Product) -> tuple[int, int, int]:
    """The units available, reserved and sold; checks that they add up to those received."""
    row = stock_of(product)
    assert row.available + row.reserved + row.sold == row.received
    assert min(row.available, row.reserved, row.sold) >= 0
    return row.available, row.reserved, row.sold


def a_cart(*products: Product, of_each: int = 1) -> PricedCart:
    """A cart as an API client sends it: not stored."""
    chosen = products or (a_product(),)
    lines = tuple(CartLine(sku_of(it), of_each, it.price) for it in chosen)
    return price_cart(Cart(lines), NOON)


def a_discount(code: str = "", **terms: Any) -> Discount:
    """A discount code of 10%, unless the terms say otherwise."""
    code = code or f"TEN-{str(ULID())[-16:]}"
    of_ten = {} if "amount" in terms else {"percent": 10}
    create_discount(code, Terms(**(of_ten | terms)), now=NOON)
    return find_own_discount(code)


def with_code(cart: PricedCart, discount: Discount) -> PricedCart:
    return apply_discount_code(cart, discount.code, now=NOON)


def a_visitor() -> str:
    return f"visitor-{ULID()}"


def a_saved_cart(visitor: str, *products: Product, of_each: int = 1, code: str = "") -> PricedCart:
    """The stored cart of a visitor, with a discount code that is not applied yet."""
    cart = Cart()
    if code:
        cart = update_cart(
            visitor, lambda it: it.with_draft(CheckoutDraft(discount_code=code)), now=NOON
        )
    for product in products or (a_product(),):
        cart = update_cart(visitor, _adding(product, of_each), now=NOON)
    return price_cart(cart, NOON)


def _adding(product: Product, quantity: int) -> Callable[[Cart], Cart]:
    return lambda cart: cart.with_added(sku_of(product), quantity, price=product.price)


def an_address(street: str = "12 Kiln Row", country: str = "DE") -> Address:
    return Address("Ada Potter", street, "Höhr-Grenzhausen", "56203", "", country)


def a_request(
    *, visitor: str = "", street: str = "12 Kiln Row", country: str = "DE", **others: Any
) -> OrderRequest:
    """From a visitor with a stored cart, or from an API client without one."""
    usual: dict[str, Any] = {
        "order_id": str(ULID()),
        "owner": visitor or "api",
        "email": "ada@potter.example",
        "address": an_address(street, country),
        "payment_method": "pm_succeeds",
        "visitor": visitor,
    }
    return OrderRequest(**(usual | others))


def an_order(
    *products: Product,
    of_each: int = 1,
    now: datetime = NOON,
    discount: Discount | None = None,
    **details: Any,
) -> Order:
    """A placed order of an API client, perhaps with a discount code."""
    cart = a_cart(*products, of_each=of_each)
    if discount:
        cart, details = with_code(cart, discount), details | {"discount_code": discount.code}
    return place_order(a_request(**details), cart, now=now)


def a_large_order(**details: Any) -> Order:
    """A placed order that needs a review."""
    return an_order(a_product(price=45_000), **details)


def an_issue(
    step: str = "Charge", error: str = "GatewayUnavailable", *, since: datetime = NOON
) -> OrderIssue:
    return OrderIssue(IssueReason.STEP_FAILED, since, "workflow", step=step, error=error)


def an_order_in_status(status: str, product: Product | None = None, **details: Any) -> Order:
    """Created by the app's rules; an intermediate status is reached by a crash."""

    def placed(**others: Any) -> Order:
        price = 45_000 if status == "reviewing" else 2_450
        return an_order(product or a_product(price=price), **(details | others))

    order = BUILDERS_BY_STATUS[status](placed)
    assert order.status == status
    return order


type PlaceOrder = Callable[..., Order]


def _reviewing(placed: PlaceOrder) -> Order:
    return request_review(placed().order_id, "a token", now=NOON)


def _paying(placed: PlaceOrder) -> Order:
    """Crashed before the first call to the provider."""
    order = placed()
    with crash(before="TransactWriteItems key#intent"):
        charge(order.order_id, now=NOON)
    return find_order(order.order_id)


def _paid(placed: PlaceOrder) -> Order:
    return charge(placed().order_id, now=NOON)


def _shipping(placed: PlaceOrder) -> Order:
    """Crashed before the first call to the carrier."""
    order = _paid(placed)
    with crash(before="GetItem carrier-records"):
        ship(order.order_id, now=PACKED)
    return find_order(order.order_id)


def _shipped(placed: PlaceOrder) -> Order:
    return ship(_paid(placed).order_id, now=PACKED)


def _refunding(placed: PlaceOrder) -> Order:
    order = charge(placed(street=UNREACHABLE).order_id, now=NOON)
    return ship(order.order_id, now=PACKED)


def _releasing(placed: PlaceOrder) -> Order:
    return charge(placed(payment_method="pm_declined").order_id, now=NOON)


def _declined(placed: PlaceOrder) -> Order:
    return release(_releasing(placed).order_id, now=NOON)


def _cancelled(placed: PlaceOrder) -> Order:
    return cancel_order(placed().order_id, now=NOON)


BUILDERS_BY_STATUS: dict[str, Callable[[PlaceOrder], Order]] = {
    "placed": lambda placed: placed(),
    "reviewing": _reviewing,
    "paying": _paying,
    "paid": _paid,
    "shipping": _shipping,
    "shipped": _shipped,
    "refunding": _refunding,
    "releasing": _releasing,
    "declined": _declined,
    "cancelled": _cancelled,
}


SHIPPED = PACKED + timedelta(minutes=1)  # a moment at which an order of ``NOON`` is shipped


def a_return(
    order: Order, units: dict[str, int] | None = None, *, note: str = "", request_id: str = ""
) -> Return:
    """A requested return of these units by SKU, or of every unit of the order."""
    chosen = units or {line.sku: line.quantity for line in order.lines}
    request = ReturnRequest(request_id or str(ULID()), chosen, ReturnReason.DAMAGED, note)
    return request_return(order.order_id, request, now=SHIPPED)


def an_approved_return(order: Order, units: dict[str, int] | None = None) -> Return:
    number = a_return(order, units).number
    return approve_return(order.order_id, number, by="potter@hearth.example", now=SHIPPED)


def a_received_return(
    order: Order, units: dict[str, int] | None = None, *, amount: int | None = None
) -> Return:
    """All its units came back and can be sold again; the refund is not carried out yet."""
    row = an_approved_return(order, units)
    earlier = [it for it in load_order_details(order.order_id).returns if it.number < row.number]
    most = max_refund(find_order(order.order_id), earlier, row.units)
    receipt = Receipt(row.units, row.units, most if amount is None else amount)
    by = "potter@hearth.example"
    return receive_return(order.order_id, row.number, receipt, by=by, now=SHIPPED)


def audit_log_entries(path: str, *, now: datetime = NOON) -> list[AuditLogEntry]:
    """The audit log entries of one admin path in one month."""
    return [change for change in AuditLogEntry.query(f"{now:%Y-%m}") if change.path == path]


def a_batch(
    *bodies: OrderEvent | str, tries: int = 1, age: timedelta = timedelta()
) -> dict[str, Any]:
    """An SQS event as Lambda delivers it. With raw message delivery the body is the order event.

    ``age`` is the time since SQS received the messages.
    """
    texts = (it if isinstance(it, str) else write_event(it) for it in bodies)
    sent = str(int((clock.now() - age).timestamp() * 1000))
    attributes = {"ApproximateReceiveCount": str(tries), "SentTimestamp": sent}
    return {"Records": [_message(text, attributes) for text in texts]}


def _message(body: str, attributes: dict[str, str]) -> dict[str, Any]:
    return {
        "messageId": str(ULID()),
        "receiptHandle": "receipt",
        "body": body,
        "attributes": dict(attributes),
        "messageAttributes": {},
        "eventSource": "aws:sqs",
    }


def store_in_outbox(event: OrderEvent | str) -> None:
    """Write the outbox row of an event that no transition of an order has appended.

    Like a published one, so that the outbox poller leaves it alone. A repeat overwrites it.
    """
    body = event if isinstance(event, str) else write_event(event)
    read = read_event(body)
    number = read.event_id.removeprefix(f"{read.order_id}-")
    EventRow(
        read.order_id,
        f"event#{number}#{read.type}",
        type=read.type,
        body=body,
        occurred_at=read.occurred_at,
        published_at=read.occurred_at,
    ).save()


def a_stream_batch(*orders: Order) -> dict[str, Any]:
    """The stream records of these orders' event rows."""
    rows = [row for order in orders for row in load_order_details(order.order_id).events]
    return {
        "Records": [
            {"eventName": "INSERT", "dynamodb": {"NewImage": row.serialize()}} for row in rows
        ]
    }


def captured_intents(order: Order) -> list[Intent]:
    """The captured intents of an order in the provider's records."""
    intents = (it for it in Intent.scan(Intent.order_id == order.order_id))
    return [it for it in intents if it.state == "captured"]


class LambdaContextStub:
    """A Lambda context with this remaining time."""

    def __init__(self, milliseconds: int = 30_000) -> None:
        self._left = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self._left
