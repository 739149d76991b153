from datetime import timedelta

import pytest
from pynamodb.exceptions import TransactWriteError
from ulid import ULID

from app.errors import Conflict
from app.inventory.adjustments import (
    PAGE_SIZE,
    Adjustment,
    AdjustmentReason,
    adjust,
    list_ledger_entries,
)
from app.inventory.models import LedgerEntry, Stock
from app.inventory.reservations import write_ledger
from tests.builders import (
    NOON,
    a_product,
    a_sku,
    an_order,
    audit_log_entries,
    counters,
    sku_of,
    stock_of,
)
from tests.crash_injection import failing_calls

pytestmark = pytest.mark.usefixtures("tables")

ANNA = "anna@hearth.example"


def _adjust(sku: str, reason: AdjustmentReason, change: int, adjustment_id: str = "") -> None:
    adjustment = Adjustment(adjustment_id or str(ULID()), sku, reason, change)
    adjust(adjustment, by=ANNA, now=NOON)


def test_broken_units_are_no_longer_available() -> None:
    product = a_product(quantity=5)

    _adjust(sku_of(product), "broken", -2)

    assert counters(product) == (3, 0, 0)


def test_ledger_and_audit_log_record_the_reason_and_the_merchant() -> None:
    sku = sku_of(a_product(quantity=5))

    _adjust(sku, "found", 1)

    (entry,) = [it for it in LedgerEntry.query(sku) if it.reason == "found"]
    assert (entry.change, entry.by, entry.at) == (1, ANNA, NOON)
    assert [it.summary for it in audit_log_entries(f"/admin/stock/{sku}")] == [
        f"Found: +1 of {sku}"
    ]


def test_adjustment_cannot_remove_more_than_is_available() -> None:
    product = a_product(quantity=5)
    an_order(product, of_each=4)

    with pytest.raises(Conflict):
        _adjust(sku_of(product), "broken", -2)

    assert counters(product) == (1, 4, 0)
    assert not [it for it in LedgerEntry.query(sku_of(product)) if it.reason == "broken"]


def test_duplicate_adjustment_is_ignored() -> None:
    product, adjustment_id = a_product(quantity=5), str(ULID())

    for _ in range(2):
        _adjust(sku_of(product), "broken", -3, adjustment_id)

    assert counters(product) == (2, 0, 0)


def test_units_sold_during_the_count_stay_sold() -> None:
    product = a_product(quantity=10)
    counted = Adjustment.from_count(str(ULID()), sku_of(product), counted=8, shown=10, version=0)
    an_order(product, of_each=3)

    adjust(counted, by=ANNA, now=NOON)

    assert counters(product) == (5, 3, 0)


def test_adjustment_does_not_create_a_sku() -> None:
    sku = a_sku()

    with pytest.raises(Conflict):
        _adjust(sku, "found", 1)

    assert not list(LedgerEntry.query(sku))


def test_found_units_reset_the_low_stock_warning() -> None:
    product = a_product(quantity=3)
    row = stock_of(product)
    row.low_stock_warned = True
    row.save()

    _adjust(sku_of(product), "found", 1)

    assert not stock_of(product).low_stock_warned


def test_ledger_has_pagination_newest_first() -> None:
    sku = sku_of(a_product())
    for minute in range(1, PAGE_SIZE + 1):
        adjustment = Adjustment(str(ULID()), sku, "found", minute)
        adjust(adjustment, by=ANNA, now=NOON + timedelta(minutes=minute))

    first = list_ledger_entries(Stock.get(sku))
    rest = list_ledger_entries(Stock.get(sku), before=first[-1].at)

    assert [it.change for it in first] == list(range(PAGE_SIZE, 0, -1))
    assert [it.reason for it in rest] == ["received"]


def test_adjustment_that_dynamodb_cannot_write_is_an_error_and_not_a_refusal() -> None:
    sku = sku_of(a_product(quantity=5))

    with (
        failing_calls("TransactWriteItems", "ResourceNotFoundException"),
        pytest.raises(TransactWriteError),
    ):
        _adjust(sku, "broken", -1)


def test_entries_of_orders_and_of_merchants_are_in_one_order_of_time() -> None:
    sku, at = sku_of(a_product(quantity=90)), NOON
    for number in range(PAGE_SIZE):
        at += timedelta(minutes=1)
        write_ledger([(sku, -1)], "reserved", str(ULID()), at)
        at += timedelta(minutes=1)
        adjustment = Adjustment(str(ULID()), sku, "found", number + 1)
        adjust(adjustment, by=ANNA, now=at)

    first = list_ledger_entries(Stock.get(sku))
    second = list_ledger_entries(Stock.get(sku), before=first[-1].at)
    third = list_ledger_entries(Stock.get(sku), before=second[-1].at)

    shown = [it.at for page in (first, second, third) for it in page]
    assert shown == sorted(shown, reverse=True)
    assert len(shown) == 2 * PAGE_SIZE + 1  # with the first delivery
    assert {it.reason for it in first} == {"reserved", "found"}


def test_a_repeated_event_has_one_ledger_entry() -> None:
    sku, order_id = sku_of(a_product(quantity=9)), str(ULID())

    for _ in range(2):
        write_ledger([(sku, -2)], "reserved", order_id, NOON)

    assert [it.change for it in LedgerEntry.query(sku) if it.order_id == order_id] == [-2]
