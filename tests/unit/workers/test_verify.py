"""The scheduled verification, with tables that the application wrote."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest

from app import clock
from app.analytics.facts import fact_key, record_fact
from app.analytics.models import SalesRow, Total
from app.aws.clients import client
from app.aws.table_reader import TableReader
from app.catalog.models import Product
from app.inventory.models import LedgerEntry, Stock
from app.orders.compensation import refund, release
from app.orders.models import EventRow, Order
from app.orders.queries import load_order_details
from app.persistence.idempotency import EmailDelivery
from app.settings import settings
from app.shop_time import shop_time
from app.verification import Snapshot, Violation, check_running
from app.verification.recent import SAMPLE_SIZE, read_recent
from infra.local.cloud import LocalCloud
from tests.builders import (
    NOON,
    PACKED,
    LambdaContextStub,
    a_batch,
    a_product,
    a_stream_batch,
    an_order_in_status,
    captured_intents,
    sku_of,
)
from tests.unit.workers.queue_readers import events_of
from workers import analytics, email, inventory, publish, verify

EVENING = PACKED + timedelta(hours=5)


@pytest.fixture(scope="module")
def tables_cloud(own_cloud: LocalCloud) -> LocalCloud:
    return own_cloud


def read(*, days: int = 2) -> Snapshot:
    tables = TableReader(client("dynamodb"), settings().stack_name)
    return read_recent(tables, now=EVENING, days=days, time_zone="Europe/Berlin")


def violations_of(*subjects: str) -> list[Violation]:
    """Only those of the given subjects: other orders of this module have no consumers."""
    return [it for it in check_running(read(), now=EVENING) if it.subject in subjects]


def a_processed_order(status: str = "shipped", product: Product | None = None) -> Order:
    """A closed order whose events are published and processed."""
    order = an_order_in_status("refunding" if status == "refunded" else status, product)
    if status == "refunded":
        order = release(refund(order.order_id, now=PACKED).order_id, now=PACKED)
    publish.handler(a_stream_batch(order), LambdaContextStub())
    for event in events_of(order):
        for worker in (analytics, inventory, email):
            worker.handler(a_batch(event), LambdaContextStub())
    return order


@pytest.mark.parametrize("status", ["shipped", "cancelled", "declined", "refunded"])
def test_processed_order_has_no_violations(tables: LocalCloud, status: str) -> None:
    product = a_product()
    order = a_processed_order(status, product)

    assert violations_of(order.order_id, sku_of(product)) == []


def test_recent_and_open_orders_are_read(tables: LocalCloud) -> None:
    recent, open_ = an_order_in_status("shipped"), an_order_in_status("paid")

    assert {recent.order_id, open_.order_id} <= read(days=2).orders_by_id.keys()
    today_only = read(days=1).orders_by_id.keys()
    assert open_.order_id in today_only
    assert recent.order_id not in today_only


type Lose = Callable[[Order, str], object]


def _lose_publication(order: Order, sku: str) -> None:
    row = load_order_details(order.order_id).events[0]
    row.update(actions=[EventRow.unpublished.set("unpublished#0")])


def _lose_fact(order: Order, sku: str) -> None:
    event = events_of(order)[-1]
    SalesRow(*fact_key(event.event_id, event.occurred_at)).delete()


def _lose_email_record(order: Order, sku: str) -> None:
    rows = EmailDelivery.query(order.order_id, EmailDelivery.part.startswith("email#"))
    next(iter(rows)).delete()


def _lose_ledger_entry(order: Order, sku: str) -> None:
    occurred_at = events_of(order)[-1].occurred_at
    LedgerEntry.of_order(sku, order.order_id, "released", occurred_at).delete()


def _lose_refund(order: Order, sku: str) -> None:
    (intent,) = captured_intents(order)
    intent.update(actions=[type(intent).refunds.remove()])


LOST: dict[str, tuple[str, Lose]] = {
    "publication": ("E2", _lose_publication),
    "fact": ("E3", _lose_fact),
    "email record": ("E3", _lose_email_record),
    "ledger entry": ("E3", _lose_ledger_entry),
    "refund": ("M3", _lose_refund),
}


@pytest.mark.parametrize(("rule", "lose"), LOST.values(), ids=LOST)
def test_lost_effect_of_a_closed_order_is_found_while_others_are_open(
    tables: LocalCloud, rule: str, lose: Lose
) -> None:
    product = a_product()
    an_order_in_status("paid", product)
    order = a_processed_order("refunded", product)

    lose(order, sku_of(product))

    assert rule in {it.rule for it in violations_of(order.order_id)}


def test_lost_sales_figure_is_found_while_orders_are_open(tables: LocalCloud) -> None:
    product = a_product()
    order = a_processed_order(product=product)
    for event in events_of(order):
        fact = SalesRow(*fact_key(event.event_id, event.occurred_at))
        fact.update(actions=[SalesRow.figures.set({})])

    hour = f"{shop_time(NOON):%Y-%m-%dT%H%z}"
    assert [it.rule for it in violations_of(f"{hour}#sku#{sku_of(product)}, count")] == ["N1"]


def test_sale_without_an_order_is_found_when_its_day_is_over(tables: LocalCloud) -> None:
    """As an invented event would be counted. Today other orders are counted during the reading.

    Only orders placed are known to be of that day: one may be paid days later.
    """
    a_processed_order(product=a_product())
    for day in (NOON, EVENING):
        moment = day.replace(hour=3)
        record_fact(f"no order {moment}", moment, [("placed", Total(1, 7_350))], now=moment)

    found = [it.subject for it in check_running(read(), now=EVENING)]

    placed = f"T05{shop_time(NOON):%z}#placed"
    assert {it for it in found if placed in it} == {
        f"{NOON:%Y-%m-%d}{placed}, count",
        f"{NOON:%Y-%m-%d}{placed}, cents",
    }
    waiting = replace(read(), waiting=frozenset({"analytics"}))
    assert not [it for it in check_running(waiting, now=EVENING) if placed in it.subject]


def test_stock_that_differs_from_its_ledger_is_found(tables: LocalCloud) -> None:
    product = a_product()
    a_processed_order(product=product)
    Stock(sku_of(product)).update(actions=[Stock.available.add(-1), Stock.received.add(-1)])

    violations = check_running(read_with_ledger_of(sku_of(product)), now=EVENING)

    assert "the ledger gives 19 available, stored are 18." in {
        it.message for it in violations if it.subject == sku_of(product)
    }


def test_each_run_samples_other_skus(tables: LocalCloud) -> None:
    skus = {sku_of(a_product()) for _ in range(SAMPLE_SIZE + 1)}
    stocked = len({row["sku"] for row in read().stock})

    sampled = [
        read_sample(EVENING + timedelta(hours=hour)) for hour in range(stocked // SAMPLE_SIZE + 1)
    ]

    assert skus <= frozenset().union(*sampled)
    assert all(len(sample) <= SAMPLE_SIZE for sample in sampled)


def read_with_ledger_of(sku: str) -> Snapshot:
    """Of the hour in which the SKU has its turn."""
    tables = TableReader(client("dynamodb"), settings().stack_name)
    hours = (EVENING + timedelta(hours=number) for number in count())
    snapshots = (read_recent(tables, now=it, days=1, time_zone="Europe/Berlin") for it in hours)
    return next(it for it in snapshots if sku in it.whole_ledgers)


def read_sample(now: datetime) -> frozenset[str]:
    tables = TableReader(client("dynamodb"), settings().stack_name)
    return read_recent(tables, now=now, days=1, time_zone="Europe/Berlin").whole_ledgers


def test_violation_is_logged_once_it_is_confirmed(
    tables: LocalCloud, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: EVENING)
    monkeypatch.setattr(verify, "CONFIRM_AFTER_SECONDS", 0)
    order = a_processed_order()
    _lose_fact(order, "")
    capsys.readouterr()

    answer = verify.handler({}, LambdaContextStub())

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [it["rule"] for it in lines if it.get("subject") == order.order_id] == ["E3"]
    assert lines[-1] == lines[-1] | {"message": "verify", **answer}
    assert answer["violations"] == len(lines) - 1


def test_effect_whose_event_waits_in_a_queue_is_not_called_lost(
    tables: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: EVENING)
    monkeypatch.setattr(verify, "CONFIRM_AFTER_SECONDS", 0)
    order = a_processed_order()
    _lose_fact(order, "")
    lost = verify.handler({}, LambdaContextStub())["violations"]
    queues = dict.fromkeys(("analytics", "email", "inventory"), "https://queue.example")
    monkeypatch.setattr(verify, "waiting_consumers", lambda _: frozenset(queues))

    assert verify.handler({}, LambdaContextStub())["violations"] < lost
