"""Every statement of every role is needed: without it, something named here does not happen."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import pytest
from ulid import ULID

from app.catalog.import_rows import import_key
from app.catalog.imports import ask_for_import, outcomes
from app.catalog.models import PictureState, Product, Variant
from app.catalog.pictures import ask_for, find, upload_key
from app.catalog.stocking import add_product
from app.customers.models import new_token
from app.orders.cancelling import cancel
from app.orders.events import OrderEvent
from app.orders.fulfilment import find_order
from app.orders.models import Order
from app.orders.paying import charge
from app.orders.reviewing import ask_for_review, decide
from app.settings import settings
from tests.builders import a_batch, a_product, a_stream_batch, an_order_that_is
from tests.clouds import RunningShop, running_shop, settings_where_it_runs, speak_to, told
from tests.journeys.following import eventually, invoked, now, ordered
from tests.pictures import a_jpeg
from tests.wiring.permissions import logged_by, without
from tests.workers.reading import events_of, the_first_event

type Attempt = Callable[[RunningShop], bool]

KNOWN_TO_THE_WEB_DOOR = "SKU-FOR-PROGRAMS"
WORDS_FOR_DENIED = ("AccessDenied", "AuthorizationError", "(403)")  # most, SNS, S3 asked for a head


@pytest.fixture(scope="module")
def open_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    """A shop of their own, where orders and uploads stay as they are put: nobody hears of them."""
    with running_shop(tmp_path_factory.mktemp("guarded")) as shop:
        functions = shop.cloud.client("lambda")
        mapping = functions.list_event_source_mappings(FunctionName="hearth-and-clay-publish")
        (uuid,) = (it["UUID"] for it in mapping["EventSourceMappings"])
        functions.update_event_source_mapping(UUID=uuid, Enabled=False)
        shop.cloud.client("s3").put_bucket_notification_configuration(
            Bucket=shop.outputs["UploadBucket"], NotificationConfiguration={}
        )
        yield shop


@pytest.fixture(autouse=True, scope="module")
def known_to_the_web_door(open_shop: RunningShop) -> None:
    """The web door keeps the catalogue for half a minute, so it must learn of this piece first."""
    speak_to(settings_where_it_runs(open_shop))
    piece = Product(slug="for-programs", title="Cup", category="Tableware", blurb="", price=900)
    piece.variants = (Variant(KNOWN_TO_THE_WEB_DOOR, "Default"),)
    add_product(piece, pieces={KNOWN_TO_THE_WEB_DOOR: 99}, now=now())
    eventually(lambda: ordering_by_program(open_shop))


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


ORDERS, STOCK, CATALOG = "-orders", "-stock", "-catalog"
BOOKS, PARCELS, SALES, LEDGER = "-provider-books", "-carrier-books", "-sales", "-stock-ledger"
PUT, GET, UPDATE = "dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:UpdateItem"
QUERY, WAKE = "dynamodb:Query", "states:SendTaskSuccess"
START, BURY = "states:StartExecution", "sqs:SendMessage"

STATEMENTS: list[tuple[str, str, str, Attempt]] = [
    ("shop", PUT, ORDERS, ordering_by_program),
    ("shop", UPDATE, STOCK, ordering_by_program),
    ("shop", QUERY, "-customers", looking_into_the_cart),
    ("charge", UPDATE, ORDERS, charging),
    ("charge", UPDATE, BOOKS, charging),
    ("ship", UPDATE, ORDERS, shipping),
    ("ship", UPDATE, STOCK, shipping),
    ("ship", PUT, PARCELS, shipping),
    ("refund", UPDATE, ORDERS, refunding),
    ("refund", UPDATE, BOOKS, refunding),
    ("release", UPDATE, ORDERS, releasing),
    ("release", UPDATE, STOCK, releasing),
    ("review", PUT, ORDERS, asking_for_a_review),
    ("review", WAKE, "*", asking_about_what_is_decided),
    ("review", UPDATE, STOCK, refusing_by_the_clock),
    ("case", UPDATE, ORDERS, opening_a_case),
    ("publish", "sns:Publish", "-events", publishing),
    ("publish", UPDATE, ORDERS, publishing),
    ("sweep", QUERY, "/index/pending", sweeping),
    ("sweep", "sns:Publish", "-events", sweeping),
    ("sweep", UPDATE, ORDERS, sweeping),
    ("email", UPDATE, ORDERS, writing_a_letter),
    ("email", "ses:SendEmail", "*", writing_a_letter),
    ("email", BURY, "-email-dead-letters", burying_for("email")),
    ("analytics", PUT, ORDERS, counting),
    ("analytics", UPDATE, SALES, counting),
    ("analytics", BURY, "-analytics-dead-letters", burying_for("analytics")),
    ("inventory", PUT, ORDERS, keeping_the_ledger),
    ("inventory", PUT, LEDGER, keeping_the_ledger),
    ("inventory", UPDATE, STOCK, keeping_the_ledger),
    ("inventory", BURY, "-inventory-dead-letters", burying_for("inventory")),
    ("fulfilment", START, "-fulfil-order", starting_a_workflow),
    ("fulfilment", WAKE, "*", waking_a_workflow),
    ("fulfilment", UPDATE, ORDERS, going_back_at_once),
    ("fulfilment", UPDATE, STOCK, going_back_at_once),
    ("fulfilment", UPDATE, BOOKS, going_back_at_once),
    ("fulfilment", BURY, "-fulfilment-dead-letters", burying_for("fulfilment")),
    ("reconcile", QUERY, "/index/open", reconciling),
    ("reconcile", START, "-fulfil-order", reconciling),
    ("reconcile", "states:DescribeExecution", ":*", reconciling_what_runs),
    ("reconcile", BURY, "-rescue-dead-letters", burying_for("reconcile")),
    ("thumbnails", QUERY, CATALOG, cutting_what_was_missed),
    ("thumbnails", "s3:GetObject", "/incoming/*", cutting_a_picture),
    ("thumbnails", "s3:PutObject", "/media/*", cutting_a_picture),
    ("thumbnails", UPDATE, CATALOG, cutting_a_picture),
    ("imports", "s3:GetObject", "/imports/*", importing_a_price),
    ("imports", UPDATE, CATALOG, importing_a_price),
    ("imports", UPDATE, STOCK, importing_a_price),
    ("imports", PUT, LEDGER, importing_a_price),
    ("imports", PUT, "-changes", importing_a_new_piece),
]


@pytest.mark.parametrize(
    ("role", "action", "on", "attempt"),
    [pytest.param(*it, id=f"{it[0]} may {it[1]} on {it[2].lstrip('-/')}") for it in STATEMENTS],
)
def test_without_this_statement_it_is_noticed(
    shop: RunningShop, role: str, action: str, on: str, attempt: Attempt
) -> None:
    with without(shop, role, action, on):
        assert not attempt(shop)

    if role != "shop":  # whose log never quotes a message: a person may have typed it
        eventually(lambda: any(word in logged_by(shop, role) for word in WORDS_FOR_DENIED))
    assert attempt(shop)
