"""One call per permission: each invokes a deployed function and returns whether it succeeded."""

from collections.abc import Callable
from datetime import timedelta

import httpx
from ulid import ULID

from app.aws.s3 import put_image
from app.aws.secrets import webhook_secret
from app.catalog.image_uploads import (
    deleted_images,
    find_image,
    images_to_delete,
    request_upload,
    upload_key,
)
from app.catalog.imports.jobs import create_import, product_results
from app.catalog.imports.models import import_key
from app.catalog.models import ImageState, Product, ProductImage
from app.customers.models import new_session_token, new_token, visitor_id_of
from app.customers.sessions import start_session
from app.orders.cancellation import cancel_order
from app.orders.events import OrderEvent, StockLow
from app.orders.models import EventRow, Order
from app.orders.notes import add_note
from app.orders.payment import charge
from app.orders.queries import load_order_details
from app.orders.review import decide_review, request_review
from app.orders.transitions import find_order
from app.payments import sandbox_dashboard
from app.payments.webhooks import SIGNATURE_HEADER, sign
from app.privacy.erasure_requests import request_erasure
from app.privacy.retention import CURSORS_OWNER, UNCHARGED, RetentionCursor
from app.settings import settings
from tests.builders import (
    a_batch,
    a_discount,
    a_product,
    a_received_return,
    a_stream_batch,
    an_order_in_status,
    store_in_outbox,
)
from tests.fake_clouds import MERCHANT, DeployedShop, override_settings
from tests.integration.journeys.order_polling import invoke, now, place_test_order
from tests.sample_images import a_jpeg
from tests.unit.workers.queue_readers import events_of, first_event_of

type Call = Callable[[DeployedShop], bool]

CACHED_SKU = "SKU-FOR-PROGRAMS"


def step(name: str, order: Order, **others: str) -> Call:
    return lambda shop: not invoke(shop, name, {"order_id": order.order_id} | others)["failed"]


def deliver(shop: DeployedShop, worker: str, event: OrderEvent | str) -> bool:
    answer = invoke(shop, worker, a_batch(event))
    return not answer["failed"] and answer["payload"] == {"batchItemFailures": []}


def packed_order() -> Order:
    with override_settings(packing_seconds="0"):
        return charge(place_test_order().order_id, now=now())


def order_cancelled_while_packing() -> Order:
    order = an_order_in_status("paid", discount=a_discount())
    return cancel_order(order.order_id, now=now())


def approved_order() -> Order:
    order = request_review(
        place_test_order(a_product(price=45_000)).order_id, "an unknown token", now=now()
    )
    return decide_review(order.order_id, "approved", "bo@hearth.example", "", now=now())


def call_charge(shop: DeployedShop) -> bool:
    return step("charge", place_test_order())(shop)


def call_ship(shop: DeployedShop) -> bool:
    return step("ship", packed_order())(shop)


def ship_as_merchant(shop: DeployedShop) -> bool:
    """The admin function ships an order that a merchant confirms as packed."""
    order, token = an_order_in_status("paid"), new_session_token()
    start_session(visitor_id_of(token), MERCHANT, now=now())
    form, cookie = {f"order-{order.order_id}": "on"}, {"Cookie": f"visitor={token}"}
    page = httpx.post(f"{shop.url}/admin/packing", data=form, headers=cookie, timeout=30)
    return page.is_success and find_order(order.order_id).status == "shipped"


def call_refund(shop: DeployedShop) -> bool:
    return step("refund", order_cancelled_while_packing())(shop)


def call_release(shop: DeployedShop) -> bool:
    return step("release", an_order_in_status("releasing", discount=a_discount()))(shop)


def call_review(shop: DeployedShop) -> bool:
    return step("review", place_test_order(a_product(price=45_000)), task_token="an unknown token")(
        shop
    )


def call_review_after_decision(shop: DeployedShop) -> bool:
    return step("review", approved_order(), task_token="an unknown token")(shop)


def call_review_after_timeout(shop: DeployedShop) -> bool:
    long_ago = now() - timedelta(days=2)
    order = place_test_order(a_product(price=45_000), discount=a_discount())
    request_review(order.order_id, "an unknown token", now=long_ago)
    return step("review", order)(shop)


def call_open_issue(shop: DeployedShop) -> bool:
    return step("open-issue", place_test_order(), failed="Charge", error="States.Timeout")(shop)


def call_publish(shop: DeployedShop) -> bool:
    return not invoke(shop, "publish", a_stream_batch(place_test_order()))["failed"]


def call_outbox_poller(shop: DeployedShop) -> bool:
    order = an_order_in_status("placed", now=now() - timedelta(seconds=90))
    answer = invoke(shop, "outbox-poller", {})
    return not answer["failed"] and find_order(order.order_id).issue is None


def deliver_to_email(shop: DeployedShop) -> bool:
    return deliver(shop, "email", first_event_of(place_test_order()))


def deliver_to_email_twice(shop: DeployedShop) -> bool:
    event = first_event_of(place_test_order())
    return deliver(shop, "email", event) and deliver(shop, "email", event)


def deliver_stock_low_to_email(shop: DeployedShop) -> bool:
    order = place_test_order()
    warning = StockLow(
        event_id=f"{order.order_id}-low-{order.lines[0].sku}",
        order_id=order.order_id,
        occurred_at=now(),
        sku=order.lines[0].sku,
        available=3,
    )
    store_in_outbox(warning)
    return deliver(shop, "email", warning)


def call_outbox_poller_with_unreadable_event(shop: DeployedShop) -> bool:
    order = an_order_in_status("placed", now=now() - timedelta(seconds=90))
    (row,) = load_order_details(order.order_id).events
    row.update(actions=[EventRow.body.set("nonsense")])
    answer = invoke(shop, "outbox-poller", {})
    (row,) = load_order_details(order.order_id).events
    return not answer["failed"] and bool(row.unpublished) and row.attempts == 1


def deliver_to_analytics(shop: DeployedShop) -> bool:
    return deliver(shop, "analytics", first_event_of(place_test_order()))


def roll_up_sales(shop: DeployedShop) -> bool:
    """With one hour that is due."""
    return deliver_to_analytics(shop) and not invoke(shop, "analytics", {})["failed"]


def deliver_to_inventory(shop: DeployedShop) -> bool:
    return deliver(shop, "inventory", first_event_of(place_test_order(a_product(quantity=2))))


def deliver_order_placed(shop: DeployedShop) -> bool:
    return deliver(shop, "fulfillment", first_event_of(place_test_order()))


def deliver_review_decided(shop: DeployedShop) -> bool:
    return deliver(shop, "fulfillment", events_of(approved_order())[-1])


def deliver_cancel_requested(shop: DeployedShop) -> bool:
    return deliver(shop, "fulfillment", events_of(order_cancelled_while_packing())[-1])


def deliver_poison_to(worker: str) -> Call:
    return lambda shop: deliver(shop, worker, "poison")


def overdue_order() -> Order:
    return an_order_in_status("placed", now=now() - timedelta(days=2))


def call_reconcile(shop: DeployedShop) -> bool:
    overdue_order()
    answer = invoke(shop, "reconcile", {})
    return not answer["failed"] and answer["payload"]["failed"] == 0


def call_reconcile_after_decision(shop: DeployedShop) -> bool:
    approved_order()
    return not invoke(shop, "reconcile", {"due": "all"})["failed"]


def call_reconcile_with_return(shop: DeployedShop) -> bool:
    """A refund that the admin function has not carried out."""
    a_received_return(an_order_in_status("shipped"))
    return not invoke(shop, "reconcile", {"due": "all"})["failed"]


def call_verify(shop: DeployedShop) -> bool:
    """With one open order to check. Other tests leave orders that no consumer has processed."""
    place_test_order(discount=a_discount())
    answer = invoke(shop, "verify", {})
    return not answer["failed"] and answer["payload"]["orders"] > 0


def call_retention(shop: DeployedShop) -> bool:
    """With a note on an old order that was never charged, and a request of a customer who left."""
    long_ago = now() - timedelta(days=182)
    order = an_order_in_status("cancelled", now=long_ago)
    add_note(order.order_id, str(ULID()), "Called.", by="bo@hearth.example", now=long_ago)
    order.update(actions=[Order.status_changed_at.set(long_ago)])
    place_test_order()  # stays open, so the request lives on
    request_erasure(order.email, str(ULID()), now=now() - timedelta(days=2))
    RetentionCursor(CURSORS_OWNER, UNCHARGED.name, next_day=f"{long_ago:%Y-%m-%d}").save()
    answer = invoke(shop, "retention", {})
    return not answer["failed"] and find_order(order.order_id).erasure is not None


def call_thumbnails_by_schedule(shop: DeployedShop) -> bool:
    return not invoke(shop, "thumbnails", {})["failed"]


def call_thumbnails(shop: DeployedShop) -> bool:
    slug, image_id = str(a_product().slug), str(ULID())
    request_upload(slug, image_id, "A pot", now=now())
    key = upload_key(slug, image_id)
    shop.cloud.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=a_jpeg())
    event = {"Records": [{"s3": {"object": {"key": key, "sequencer": "F" * 32}}}]}
    answer = invoke(shop, "thumbnails", event)
    return not answer["failed"] and find_image(slug, image_id).state == ImageState.READY


def delete_files_by_schedule(shop: DeployedShop) -> bool:
    slug, image_id = f"pot-{ULID()}".lower(), str(ULID())
    put_image(f"/media/{image_id}/a/480.webp", b"an image")
    long_ago = now() - timedelta(days=1)
    image = ProductImage(image_id=image_id)
    deleted_images(Product(slug=slug), [image], now=long_ago).save()
    answer = invoke(shop, "thumbnails", {})
    return not answer["failed"] and slug not in {it.slug for it in images_to_delete(now())}


def _call_imports(shop: DeployedShop, rows: str) -> bool:
    started = create_import(by="merchant@hearth.example", now=now())
    key = import_key(started.import_id)
    shop.cloud.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=rows)
    event = {"Records": [{"s3": {"object": {"key": key, "sequencer": "A1"}}}]}
    answer = invoke(shop, "imports", event)
    results = product_results(started.import_id)
    return not answer["failed"] and [row.outcome for row in results] in (["created"], ["updated"])


def import_new_product(shop: DeployedShop) -> bool:
    mark = str(ULID())
    row = f"jar-{mark},JAR-{mark},Jar,Kitchen,It closes.,48.00".lower()
    return _call_imports(shop, f"slug,sku,title,category,blurb,price\n{row}\n")


def import_price(shop: DeployedShop) -> bool:
    return _call_imports(shop, f"slug,price\n{a_product(price=2_450).slug},29.00\n")


def place_order_by_api(shop: DeployedShop) -> bool:
    body = {
        "email": "ada@potter.example",
        "address": {
            "name": "Ada Potter",
            "street": "12 Kiln Row",
            "city": "Ransbach-Baumbach",
            "postal_code": "56235",
            "country": "DE",
        },
        "payment_method": "pm_succeeds",
        "lines": [{"sku": CACHED_SKU, "quantity": 1}],
    }
    key = {"Idempotency-Key": str(ULID())}
    return httpx.post(f"{shop.url}/api/orders", json=body, headers=key, timeout=30).is_success


def receive_late_capture(shop: DeployedShop) -> bool:
    """The webhook asks the provider, and refunds a declined order that was charged after all."""
    order = an_order_in_status("declined")
    body = sandbox_dashboard.capture_late(order.order_id, now=now())
    headers = {
        "Content-Type": "application/json",
        SIGNATURE_HEADER: sign(body, webhook_secret(), at=now()),
    }
    url = f"{shop.url}/webhooks/payments"
    return httpx.post(url, content=body, headers=headers, timeout=30).is_success


def open_cart(shop: DeployedShop) -> bool:
    cookie = {"Cookie": f"visitor={new_token()}"}
    return httpx.get(f"{shop.url}/cart", headers=cookie, timeout=30).is_success
