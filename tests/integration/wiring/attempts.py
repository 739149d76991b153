"""What each function is there for, tried once: whether it succeeded."""

from collections.abc import Callable
from datetime import timedelta

import httpx
from ulid import ULID

from app.catalog.image_uploads import ask_for, find, upload_key
from app.catalog.imports.jobs import ask_for_import, outcomes
from app.catalog.imports.rows import import_key
from app.catalog.models import PictureState
from app.customers.models import new_token
from app.orders.cancellation import cancel
from app.orders.events import OrderEvent
from app.orders.models import EventRow, Order
from app.orders.payment import charge
from app.orders.queries import story_of
from app.orders.review import ask_for_review, decide
from app.orders.transitions import find_order
from app.settings import settings
from tests.builders import a_batch, a_product, a_stream_batch, an_order_that_is
from tests.fake_clouds import RunningShop, told
from tests.integration.journeys.order_polling import invoked, now, ordered
from tests.sample_images import a_jpeg
from tests.unit.workers.queue_readers import events_of, the_first_event

type Attempt = Callable[[RunningShop], bool]

KNOWN_TO_THE_WEB_DOOR = "SKU-FOR-PROGRAMS"


def step(name: str, order: Order, **others: str) -> Attempt:
    return lambda shop: not invoked(shop, name, {"order_id": order.order_id} | others)["failed"]


def told_to(shop: RunningShop, worker: str, event: OrderEvent | str) -> bool:
    answer = invoked(shop, worker, a_batch(event))
    return not answer["failed"] and answer["said"] == {"batchItemFailures": []}


def packed() -> Order:
    with told(packing_seconds="0"):
        return charge(ordered().order_id, now=now())


def cancelled_while_packed() -> Order:
    return cancel(an_order_that_is("paid").order_id, now=now())


def decided() -> Order:
    order = ask_for_review(ordered(a_product(price=45_000)).order_id, "nobody's token", now=now())
    return decide(order.order_id, "approved", "bo@hearth.example", "", now=now())


def charging(shop: RunningShop) -> bool:
    return step("charge", ordered())(shop)


def shipping(shop: RunningShop) -> bool:
    return step("ship", packed())(shop)


def refunding(shop: RunningShop) -> bool:
    return step("refund", cancelled_while_packed())(shop)


def releasing(shop: RunningShop) -> bool:
    return step("release", an_order_that_is("releasing"))(shop)


def asking_for_a_review(shop: RunningShop) -> bool:
    return step("review", ordered(a_product(price=45_000)), task_token="nobody's token")(shop)


def asking_about_what_is_decided(shop: RunningShop) -> bool:
    return step("review", decided(), task_token="nobody's token")(shop)


def refusing_by_the_clock(shop: RunningShop) -> bool:
    long_ago = now() - timedelta(days=2)
    order = ordered(a_product(price=45_000))
    ask_for_review(order.order_id, "nobody's token", now=long_ago)
    return step("review", order)(shop)


def opening_a_case(shop: RunningShop) -> bool:
    return step("case", ordered(), failed="Charge", error="States.Timeout")(shop)


def publishing(shop: RunningShop) -> bool:
    return not invoked(shop, "publish", a_stream_batch(ordered()))["failed"]


def sweeping(shop: RunningShop) -> bool:
    order = an_order_that_is("placed", now=now() - timedelta(seconds=90))
    answer = invoked(shop, "sweep", {})
    return not answer["failed"] and find_order(order.order_id).case is None


def writing_a_letter(shop: RunningShop) -> bool:
    return told_to(shop, "email", the_first_event(ordered()))


def writing_a_letter_twice(shop: RunningShop) -> bool:
    event = the_first_event(ordered())
    return told_to(shop, "email", event) and told_to(shop, "email", event)


def sweeping_what_cannot_be_read(shop: RunningShop) -> bool:
    order = an_order_that_is("placed", now=now() - timedelta(seconds=90))
    (row,) = story_of(order.order_id).events
    row.update(actions=[EventRow.body.set("nonsense")])
    return not invoked(shop, "sweep", {})["failed"] and bool(find_order(order.order_id).case)


def counting(shop: RunningShop) -> bool:
    return told_to(shop, "analytics", the_first_event(ordered()))


def keeping_the_ledger(shop: RunningShop) -> bool:
    return told_to(shop, "inventory", the_first_event(ordered(a_product(pieces=2))))


def starting_a_workflow(shop: RunningShop) -> bool:
    return told_to(shop, "fulfilment", the_first_event(ordered()))


def waking_a_workflow(shop: RunningShop) -> bool:
    return told_to(shop, "fulfilment", events_of(decided())[-1])


def going_back_at_once(shop: RunningShop) -> bool:
    return told_to(shop, "fulfilment", events_of(cancelled_while_packed())[-1])


def burying_for(worker: str) -> Attempt:
    return lambda shop: told_to(shop, worker, "poison")


def overdue() -> Order:
    return an_order_that_is("placed", now=now() - timedelta(days=2))


def reconciling(shop: RunningShop) -> bool:
    overdue()
    answer = invoked(shop, "reconcile", {})
    return not answer["failed"] and answer["said"]["failed"] == 0


def reconciling_what_runs(shop: RunningShop) -> bool:
    told_to(shop, "fulfilment", the_first_event(overdue()))
    return reconciling(shop)


def reconciling_what_is_decided(shop: RunningShop) -> bool:
    decided()
    return not invoked(shop, "reconcile", {"due": "all"})["failed"]


def cutting_what_was_missed(shop: RunningShop) -> bool:
    return not invoked(shop, "thumbnails", {})["failed"]


def cutting_a_picture(shop: RunningShop) -> bool:
    slug, picture_id = f"pot-{ULID()}".lower(), str(ULID())
    ask_for(slug, picture_id, "A pot", now=now())
    key = upload_key(slug, picture_id)
    shop.cloud.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=a_jpeg())
    notice = {"Records": [{"s3": {"object": {"key": key, "sequencer": "F" * 32}}}]}
    answer = invoked(shop, "thumbnails", notice)
    return not answer["failed"] and find(slug, picture_id).state == PictureState.READY


def importing(shop: RunningShop, rows: str) -> bool:
    it = ask_for_import(by="merchant@hearth.example", now=now())
    key = import_key(it.import_id)
    shop.cloud.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=rows)
    notice = {"Records": [{"s3": {"object": {"key": key, "sequencer": "A1"}}}]}
    answer = invoked(shop, "imports", notice)
    told = outcomes(it.import_id)
    return not answer["failed"] and [one.became for one in told] in (["added"], ["changed"])


def importing_a_new_piece(shop: RunningShop) -> bool:
    mark = str(ULID())
    row = f"jar-{mark},JAR-{mark},Jar,Kitchen,It closes.,48.00".lower()
    return importing(shop, f"slug,sku,title,category,blurb,price\n{row}\n")


def importing_a_price(shop: RunningShop) -> bool:
    return importing(shop, f"slug,price\n{a_product(price=2_450).slug},29.00\n")


def ordering_by_program(shop: RunningShop) -> bool:
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


def looking_into_the_cart(shop: RunningShop) -> bool:
    cookie = {"Cookie": f"visitor={new_token()}"}
    return httpx.get(f"{shop.url}/cart", headers=cookie, timeout=30).is_success
