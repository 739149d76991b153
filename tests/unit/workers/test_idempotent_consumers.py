import json
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from ulid import ULID

from app.analytics.figures import figures_of
from app.analytics.models import Total
from app.catalog.image_uploads import find_image, request_upload, upload_key
from app.catalog.thumbnail_sizes import THUMBNAIL_WIDTHS
from app.inventory.models import LedgerEntry, Stock
from app.orders.cancellation import cancel_order
from app.orders.checkout import place_order
from app.orders.events import write_event
from app.orders.queries import load_order_details
from app.orders.transitions import find_order
from app.settings import settings
from infra.build.bundles import ROOT
from infra.local.cloud import LocalCloud
from tests.builders import (
    NOON,
    LambdaContextStub,
    a_batch,
    a_cart,
    a_product,
    a_request,
    a_sku,
    an_order_in_status,
    store_in_outbox,
)
from tests.conflicts import transaction_conflicts
from tests.fake_clouds import MERCHANT
from tests.invariants import assert_invariants
from tests.sample_images import a_jpeg, an_s3_notification
from tests.unit.workers.queue_readers import drain_queue, emails_to, events_of, executions_of
from workers import analytics, email, fulfillment, inventory, thumbnails

GOLDEN = sorted((ROOT / "tests/unit/app/orders/golden").glob("*.json"))
COPIES = 10
CONCURRENCY = 4
_days = count()

type Handler = Callable[[dict[str, Any], object], dict[str, Any]]
type Delivery = Callable[[Handler, list[str]], None]

CONSUMERS: dict[str, Handler] = {
    "email": email.handler,
    "analytics": analytics.handler,
    "inventory": inventory.handler,
    "fulfillment": fulfillment.handler,
}


@dataclass(frozen=True)
class GoldenOrder:
    """An order to which the golden events are rewritten, with its own day and SKUs."""

    order_id: str
    email: str
    day: date
    skus: tuple[str, str]

    def rewrite(self, text: str) -> str:
        order_id = json.loads(text)["order_id"]
        return (
            text.replace(order_id, self.order_id)
            .replace("2025-11-23", f"{self.day}")
            .replace("TEA-POT-SAGE", self.skus[0])
            .replace('"CUP"', f'"{self.skus[1]}"')
        )

    @property
    def events(self) -> list[str]:
        return [self.rewrite(path.read_text()) for path in GOLDEN]


@pytest.fixture
def golden(tables: LocalCloud) -> GoldenOrder:
    it = GoldenOrder(
        order_id=str(ULID()),
        email=f"golden-{ULID()}@potter.example".lower(),
        day=date(2020, 1, 1) + timedelta(days=next(_days)),
        skus=(a_sku(), a_sku()),
    )
    for sku in it.skus:
        Stock(sku, price=100, available=3, received=3).save()
    place_order(a_request(order_id=it.order_id, email=it.email), a_cart(), now=NOON)
    for event in it.events:
        store_in_outbox(event)
    return it


def deliver_one_by_one(handler: Handler, bodies: list[str]) -> None:
    """Deliver a batch as SQS does: failed messages are delivered again until all succeed."""
    pending = a_batch(*bodies)["Records"]
    for _ in range(50):
        response = handler({"Records": pending}, LambdaContextStub())
        failed = {it["itemIdentifier"] for it in response["batchItemFailures"]}
        pending = [it for it in pending if it["messageId"] in failed]
        if not pending:
            return
    raise AssertionError(f"{len(pending)} messages were never processed.")


def deliver_concurrently(handler: Handler, copies: list[str]) -> None:
    """Deliver to several instances of the function at once, with transaction conflicts."""
    batches = [copies[start::CONCURRENCY] for start in range(CONCURRENCY)]
    with transaction_conflicts(0.2), ThreadPoolExecutor(CONCURRENCY) as instances:
        list(instances.map(lambda batch: deliver_one_by_one(handler, batch), batches))


DELIVERIES = [deliver_one_by_one, deliver_concurrently]


def duplicate(events: list[str], *, seed: int = 1) -> list[str]:
    copies = events * COPIES
    random.Random(seed).shuffle(copies)
    return copies


def emails_to_merchants(cloud: LocalCloud, golden: GoldenOrder) -> int:
    """The number of emails to merchants that link to this order."""
    return sum(golden.order_id in it.text for it in emails_to(cloud, MERCHANT))


@pytest.mark.parametrize("deliver", DELIVERIES)
def test_duplicate_events_send_each_email_once(
    tables: LocalCloud, golden: GoldenOrder, deliver: Delivery
) -> None:
    deliver(email.handler, duplicate(golden.events))

    assert len(emails_to(tables, golden.email)) == 4
    assert emails_to_merchants(tables, golden) == 1  # of low stock: the order needs no review


@pytest.mark.parametrize("deliver", DELIVERIES)
def test_duplicate_events_count_each_figure_once(golden: GoldenOrder, deliver: Delivery) -> None:
    deliver(analytics.handler, duplicate(golden.events))

    figures = figures_of(golden.day)
    money = {name: figures[name] for name in ("placed", "paid", "cancelled")}
    assert money == dict.fromkeys(money, Total(1, 6_690))
    assert figures[f"sku#{golden.skus[0]}"] == Total(2, 4_900)
    assert figures[f"sku#{golden.skus[1]}"] == Total(1, 1_200)
    assert figures["returned"] == Total(1, 4_900)
    assert {it.count for name, it in figures.items() if "sku#" not in name} == {1}


@pytest.mark.parametrize("deliver", DELIVERIES)
def test_duplicate_events_write_each_ledger_entry_and_warning_once(
    golden: GoldenOrder, deliver: Delivery
) -> None:
    deliver(inventory.handler, duplicate(golden.events))

    for sku in golden.skus:
        assert sorted(it.reason for it in LedgerEntry.query(sku)) == [
            "released",
            "reserved",
            "returned",
            "sold",
        ]
    types = [row.type for row in load_order_details(golden.order_id).events]
    assert types.count("stock_low") == 2  # one for each SKU


@pytest.mark.parametrize("deliver", DELIVERIES)
def test_duplicate_events_start_one_workflow(
    tables: LocalCloud, workflow: str, golden: GoldenOrder, deliver: Delivery
) -> None:
    deliver(fulfillment.handler, duplicate(golden.events))

    assert executions_of(tables, workflow) == [golden.order_id]


@pytest.mark.parametrize("deliver", DELIVERIES)
def test_duplicate_cancellation_events_compensate_once(
    tables: LocalCloud, workflow: str, deliver: Delivery
) -> None:
    product = a_product()
    order = cancel_order(an_order_in_status("paid", product).order_id, now=NOON)

    for handler in CONSUMERS.values():
        deliver(handler, duplicate([write_event(event) for event in events_of(order)]))

    closed = find_order(order.order_id)
    assert (closed.status, closed.refunded) == ("cancelled", closed.total)
    assert_invariants(order.order_id, product)
    assert drain_queue(tables, "email-dead-letters") == []


def test_duplicate_upload_notifications_create_thumbnails_once(tables: LocalCloud) -> None:
    slug, image_id = str(a_product().slug), str(ULID())
    request_upload(slug, image_id, "A pot", now=NOON)
    key, s3 = upload_key(slug, image_id), tables.client("s3")
    s3.put_object(Bucket=settings().upload_bucket, Key=key, Body=a_jpeg(800, 600))
    notifications = [an_s3_notification(key, sequencer) for sequencer in ("A1", "A2")] * COPIES
    random.Random(1).shuffle(notifications)

    with ThreadPoolExecutor(CONCURRENCY) as instances:
        list(
            instances.map(
                lambda notification: thumbnails.handler(notification, LambdaContextStub()),
                notifications,
            )
        )

    image = find_image(slug, image_id)
    assert (image.is_ready, image.sequencer) == (True, "A2".rjust(32, "0"))
    folder = image.url(THUMBNAIL_WIDTHS[0]).lstrip("/").rpartition(str(image.version))[0]
    stored = s3.list_objects_v2(Bucket=settings().media_bucket, Prefix=folder)["Contents"]
    thumbnails_and_preview = {*map(image.url, THUMBNAIL_WIDTHS), image.preview_url}
    assert {f"/{it['Key']}" for it in stored} == thumbnails_and_preview
