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

from app.analytics.counters import Total, figures_of
from app.catalog.image_uploads import THUMBNAIL_WIDTHS, request_upload, find_image, upload_key
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
)
from tests.conflicts import transaction_conflicts
from tests.fake_clouds import MERCHANT
from tests.invariants import assert_invariants
from tests.sample_images import a_jpeg, an_s3_notification
from tests.unit.workers.queue_readers import events_of, letters_to, runs_of, taken_from
from workers import analytics, email, fulfillment, inventory, thumbnails

GOLDEN = sorted((ROOT / "tests/unit/app/orders/golden").glob("*.json"))
TIMES = 10
AT_ONCE = 4
_days = count()

type Handler = Callable[[dict[str, Any], object], dict[str, Any]]
type Way = Callable[[Handler, list[str]], None]

CONSUMERS: dict[str, Handler] = {
    "email": email.handler,
    "analytics": analytics.handler,
    "inventory": inventory.handler,
    "fulfillment": fulfillment.handler,
}


@dataclass(frozen=True)
class Golden:
    """An order that all golden events are about, with a day and skus of its own."""

    order_id: str
    email: str
    day: date
    skus: tuple[str, str]

    def told(self, text: str) -> str:
        named = json.loads(text)["order_id"]
        return (
            text.replace(named, self.order_id)
            .replace("2025-11-23", f"{self.day}")
            .replace("TEA-POT-SAGE", self.skus[0])
            .replace('"CUP"', f'"{self.skus[1]}"')
        )

    @property
    def events(self) -> list[str]:
        return [self.told(path.read_text()) for path in GOLDEN]


@pytest.fixture
def golden(tables: LocalCloud) -> Golden:
    it = Golden(
        order_id=str(ULID()),
        email=f"golden-{ULID()}@potter.example".lower(),
        day=date(2020, 1, 1) + timedelta(days=next(_days)),
        skus=(a_sku(), a_sku()),
    )
    for sku in it.skus:
        Stock(sku, price=100, available=3, received=3).save()
    place_order(a_request(order_id=it.order_id, email=it.email), a_cart(), now=NOON)
    return it


def delivered(handler: Handler, bodies: list[str]) -> None:
    """As the queue does it: what is handed back comes again, until all is taken."""
    waiting = a_batch(*bodies)["Records"]
    for _ in range(50):
        answer = handler({"Records": waiting}, LambdaContextStub())
        failed = {it["itemIdentifier"] for it in answer["batchItemFailures"]}
        waiting = [it for it in waiting if it["messageId"] in failed]
        if not waiting:
            return
    raise AssertionError(f"{len(waiting)} messages are never taken.")


def all_at_once(handler: Handler, copies: list[str]) -> None:
    """Several instances of the function, each with a batch, and others writing the same rows."""
    batches = [copies[start::AT_ONCE] for start in range(AT_ONCE)]
    with transaction_conflicts(0.2), ThreadPoolExecutor(AT_ONCE) as instances:
        list(instances.map(lambda batch: delivered(handler, batch), batches))


WAYS = [delivered, all_at_once]


def ten_times(events: list[str], *, seed: int = 1) -> list[str]:
    copies = events * TIMES
    random.Random(seed).shuffle(copies)
    return copies


def merchants_letters(cloud: LocalCloud, golden: Golden) -> int:
    """How many letters merchants got about this order, which each of them links to."""
    return sum(golden.order_id in it.text for it in letters_to(cloud, MERCHANT))


@pytest.mark.parametrize("way", WAYS)
def test_four_letters_go_out_and_two_to_merchants(
    tables: LocalCloud, golden: Golden, way: Way
) -> None:
    way(email.handler, ten_times(golden.events))

    assert len(letters_to(tables, golden.email)) == 4
    assert merchants_letters(tables, golden) == 2


@pytest.mark.parametrize("way", WAYS)
def test_each_figure_counts_once(golden: Golden, way: Way) -> None:
    way(analytics.handler, ten_times(golden.events))

    figures = figures_of(golden.day)
    money = {name: figures[name] for name in ("placed", "paid", "cancelled")}
    assert money == dict.fromkeys(money, Total(1, 6_690))
    assert figures[f"sku#{golden.skus[0]}"] == Total(2, 4_900)
    assert figures[f"sku#{golden.skus[1]}"] == Total(1, 1_200)
    assert {it.count for name, it in figures.items() if "sku#" not in name} == {1}


@pytest.mark.parametrize("way", WAYS)
def test_the_ledger_has_each_change_once_and_each_sku_is_warned_of_once(
    golden: Golden, way: Way
) -> None:
    way(inventory.handler, ten_times(golden.events))

    for sku in golden.skus:
        assert sorted(it.reason for it in LedgerEntry.query(sku)) == ["freed", "held", "sold"]
    told = [row.type for row in load_order_details(golden.order_id).events]
    assert sorted(told) == ["order_placed", "stock_low", "stock_low"]


@pytest.mark.parametrize("way", WAYS)
def test_one_workflow_starts(tables: LocalCloud, workflow: str, golden: Golden, way: Way) -> None:
    way(fulfillment.handler, ten_times(golden.events))

    assert runs_of(tables, workflow) == [golden.order_id]


@pytest.mark.parametrize("way", WAYS)
def test_a_cancelled_order_goes_back_once_while_all_consumers_hear_its_story(
    tables: LocalCloud, workflow: str, way: Way
) -> None:
    product = a_product()
    order = cancel_order(an_order_in_status("paid", product).order_id, now=NOON)

    for handler in CONSUMERS.values():
        way(handler, ten_times([write_event(event) for event in events_of(order)]))

    closed = find_order(order.order_id)
    assert (closed.status, closed.refunded) == ("cancelled", closed.total)
    assert_invariants(order.order_id, product)
    assert taken_from(tables, "email-dead-letters") == []


def test_a_picture_is_cut_once_and_the_newest_upload_wins(tables: LocalCloud) -> None:
    slug, picture_id = f"pot-{ULID()}".lower(), str(ULID())
    request_upload(slug, picture_id, "A pot", now=NOON)
    key, s3 = upload_key(slug, picture_id), tables.client("s3")
    s3.put_object(Bucket=settings().upload_bucket, Key=key, Body=a_jpeg(800, 600))
    notices = [an_s3_notification(key, sequencer) for sequencer in ("A1", "A2")] * TIMES
    random.Random(1).shuffle(notices)

    with ThreadPoolExecutor(AT_ONCE) as instances:
        list(instances.map(lambda notice: thumbnails.handler(notice, LambdaContextStub()), notices))

    picture = find_image(slug, picture_id)
    assert (picture.is_ready, picture.sequencer) == (True, "A2".rjust(32, "0"))
    folder = picture.url(THUMBNAIL_WIDTHS[0]).lstrip("/").rpartition(str(picture.version))[0]
    kept = s3.list_objects_v2(Bucket=settings().media_bucket, Prefix=folder)["Contents"]
    assert {f"/{it['Key']}" for it in kept} == {picture.url(width) for width in THUMBNAIL_WIDTHS}
