"""What each function is there for, tried once: whether it succeeded."""

from collections.abc import Callable
from datetime import timedelta

import httpx
from ulid import ULID

from app.catalog.image_uploads import request_upload, find_image, upload_key
from app.catalog.imports.jobs import create_import, product_results
from app.catalog.imports.models import import_key
from app.catalog.models import ImageState
from app.customers.models import new_token
from app.orders.cancellation import cancel_order
from app.orders.events import OrderEvent
from app.orders.models import EventRow, Order
from app.orders.payment import charge
from app.orders.queries import load_order_details
from app.orders.review import request_review, decide_review
from app.orders.transitions import find_order
from app.settings import settings
from tests.builders import a_batch, a_product, a_stream_batch, an_order_in_status
from tests.fake_clouds import DeployedShop, override_settings
from tests.integration.journeys.order_polling import invoked, now, ordered
from tests.sample_images import a_jpeg
from tests.unit.workers.queue_readers import events_of, the_first_event

type Attempt = Callable[[DeployedShop], bool]

KNOWN_TO_THE_WEB_DOOR = "SKU-FOR-PROGRAMS"


def step(name: str, order: Order, **others: str) -> Attempt:
    return lambda shop: not invoked(shop, name, {"order_id": order.order_id} | others)["failed"]


def told_to(shop: DeployedShop, worker: str, event: OrderEvent | str) -> bool:
    answer = invoked(shop, worker, a_batch(event))
    return not answer["failed"] and answer["said"] == {"batchItemFailures": []}


def packed() -> Order:
    with override_settings(packing_seconds="0"):
        return charge(ordered().order_id, now=now())


def cancelled_while_packed() -> Order:
    return cancel_order(an_order_in_status("paid").order_id, now=now())


def decided() -> Order:
    order = request_review(ordered(a_product(price=45_000)).order_id, "nobody's token", now=now())
    return decide_review(order.order_id, "approved", "bo@hearth.example", "", now=now())


def charging(shop: DeployedShop) -> bool:
    return step("charge", ordered())(shop)


def shipping(shop: DeployedShop) -> bool:
    return step("ship", packed())(shop)


def refunding(shop: DeployedShop) -> bool:
    return step("refund", cancelled_while_packed())(shop)


def releasing(shop: DeployedShop) -> bool:
    return step("release", an_order_in_status("releasing"))(shop)


def asking_for_a_review(shop: DeployedShop) -> bool:
    return step("review", ordered(a_product(price=45_000)), task_token="nobody's token")(shop)


def asking_about_what_is_decided(shop: DeployedShop) -> bool:
    return step("review", decided(), task_token="nobody's token")(shop)


def refusing_by_the_clock(shop: DeployedShop) -> bool:
    long_ago = now() - timedelta(days=2)
    order = ordered(a_product(price=45_000))
    request_review(order.order_id, "nobody's token", now=long_ago)
    return step("review", order)(shop)


def opening_a_case(shop: DeployedShop) -> bool:
    return step("open-issue", ordered(), failed="Charge", error="States.Timeout")(shop)


def publishing(shop: DeployedShop) -> bool:
    return not invoked(shop, "publish", a_stream_batch(ordered()))["failed"]


def sweeping(shop: DeployedShop) -> bool:
    order = an_order_in_status("placed", now=now() - timedelta(seconds=90))
    answer = invoked(shop, "outbox-poller", {})
    return not answer["failed"] and find_order(order.order_id).issue is None


def writing_a_letter(shop: DeployedShop) -> bool:
    return told_to(shop, "email", the_first_event(ordered()))


def writing_a_letter_twice(shop: DeployedShop) -> bool:
    event = the_first_event(ordered())
    return told_to(shop, "email", event) and told_to(shop, "email", event)


def sweeping_what_cannot_be_read(shop: DeployedShop) -> bool:
    order = an_order_in_status("placed", now=now() - timedelta(seconds=90))
    (row,) = load_order_details(order.order_id).events
    row.update(actions=[EventRow.body.set("nonsense")])
    return not invoked(shop, "outbox-poller", {})["failed"] and bool(find_order(order.order_id).issue)


def counting(shop: DeployedShop) -> bool:
    return told_to(shop, "analytics", the_first_event(ordered()))


def keeping_the_ledger(shop: DeployedShop) -> bool:
    return told_to(shop, "inventory", the_first_event(ordered(a_product(quantity=2))))


def starting_a_workflow(shop: DeployedShop) -> bool:
    return told_to(shop, "fulfillment", the_first_event(ordered()))


def waking_a_workflow(shop: DeployedShop) -> bool:
    return told_to(shop, "fulfillment", events_of(decided())[-1])


def going_back_at_once(shop: DeployedShop) -> bool:
    return told_to(shop, "fulfillment", events_of(cancelled_while_packed())[-1])


def burying_for(worker: str) -> Attempt:
    return lambda shop: told_to(shop, worker, "poison")


def overdue() -> Order:
    return an_order_in_status("placed", now=now() - timedelta(days=2))


def reconciling(shop: DeployedShop) -> bool:
    overdue()
    answer = invoked(shop, "reconcile", {})
    return not answer["failed"] and answer["said"]["failed"] == 0


def reconciling_what_runs(shop: DeployedShop) -> bool:
    told_to(shop, "fulfillment", the_first_event(overdue()))
    return reconciling(shop)


def reconciling_what_is_decided(shop: DeployedShop) -> bool:
    decided()
    return not invoked(shop, "reconcile", {"due": "all"})["failed"]


def cutting_what_was_missed(shop: DeployedShop) -> bool:
    return not invoked(shop, "thumbnails", {})["failed"]


def cutting_a_picture(shop: DeployedShop) -> bool:
    slug, picture_id = f"pot-{ULID()}".lower(), str(ULID())
    request_upload(slug, picture_id, "A pot", now=now())
    key = upload_key(slug, picture_id)
    shop.cloud.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=a_jpeg())
    notice = {"Records": [{"s3": {"object": {"key": key, "sequencer": "F" * 32}}}]}
    answer = invoked(shop, "thumbnails", notice)
    return not answer["failed"] and find_image(slug, picture_id).state == ImageState.READY


def importing(shop: DeployedShop, rows: str) -> bool:
    it = create_import(by="merchant@hearth.example", now=now())
    key = import_key(it.import_id)
    shop.cloud.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=rows)
    notice = {"Records": [{"s3": {"object": {"key": key, "sequencer": "A1"}}}]}
    answer = invoked(shop, "imports", notice)
    told = product_results(it.import_id)
    return not answer["failed"] and [one.outcome for one in told] in (["added"], ["changed"])


def importing_a_new_piece(shop: DeployedShop) -> bool:
    mark = str(ULID())
    row = f"jar-{mark},JAR-{mark},Jar,Kitchen,It closes.,48.00".lower()
    return importing(shop, f"slug,sku,title,category,blurb,price\n{row}\n")


def importing_a_price(shop: DeployedShop) -> bool:
    return importing(shop, f"slug,price\n{a_product(price=2_450).slug},29.00\n")


def ordering_by_program(shop: DeployedShop) -> bool:
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
        "lines": [{"sku": KNOWN_TO_THE_WEB_DOOR, "quantity": 1}],
    }
    key = {"Idempotency-Key": str(ULID())}
    return httpx.post(f"{shop.url}/api/orders", json=body, headers=key, timeout=30).is_success


def looking_into_the_cart(shop: DeployedShop) -> bool:
    cookie = {"Cookie": f"visitor={new_token()}"}
    return httpx.get(f"{shop.url}/cart", headers=cookie, timeout=30).is_success
