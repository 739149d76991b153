from datetime import timedelta

import pytest
from ulid import ULID

from app.errors import Conflict
from app.inventory.adjustments import PAGE, Adjustment, Reason, adjust, ledger_of
from app.inventory.models import LedgerEntry
from tests.builders import NOON, a_product, a_sku, an_order, counters, noted, sku_of, stock_of

pytestmark = pytest.mark.usefixtures("tables")

ANNA = "anna@hearth.example"


def _adjust(sku: str, reason: Reason, change: int, adjustment_id: str = "") -> None:
    wanted = Adjustment(adjustment_id or str(ULID()), sku, reason, change)
    adjust(wanted, by=ANNA, now=NOON)


def test_what_broke_is_not_there_any_more() -> None:
    product = a_product(pieces=5)

    _adjust(sku_of(product), "broken", -2)

    assert counters(product) == (3, 0, 0)


def test_the_ledger_says_why_and_by_whom() -> None:
    sku = sku_of(a_product(pieces=5))

    _adjust(sku, "found", 1)

    (entry,) = [it for it in LedgerEntry.query(sku) if it.reason == "found"]
    assert (entry.change, entry.by, entry.at) == (1, ANNA, NOON)
    assert [it.what for it in noted(f"/desk/stock/{sku}")] == [f"Found: +1 of {sku}"]


def test_more_than_is_there_cannot_break() -> None:
    product = a_product(pieces=5)
    an_order(product, of_each=4)

    with pytest.raises(Conflict):
        _adjust(sku_of(product), "broken", -2)

    assert counters(product) == (1, 4, 0)
    assert not [it for it in LedgerEntry.query(sku_of(product)) if it.reason == "broken"]


def test_an_adjustment_sent_twice_is_made_once() -> None:
    product, adjustment_id = a_product(pieces=5), str(ULID())

    for _ in range(2):
        _adjust(sku_of(product), "broken", -3, adjustment_id)

    assert counters(product) == (2, 0, 0)


def test_what_was_sold_while_somebody_counted_stays_sold() -> None:
    product = a_product(pieces=10)
    counted = Adjustment.counted(str(ULID()), sku_of(product), pieces=8, shown=10)
    an_order(product, of_each=3)

    adjust(counted, by=ANNA, now=NOON)

    assert counters(product) == (5, 3, 0)


def test_a_sku_that_is_not_there_is_not_made_up() -> None:
    sku = a_sku()

    with pytest.raises(Conflict):
        _adjust(sku, "found", 1)

    assert not list(LedgerEntry.query(sku))


def test_found_pieces_let_the_shop_warn_again() -> None:
    product = a_product(pieces=3)
    row = stock_of(product)
    row.warned = True
    row.save()

    _adjust(sku_of(product), "found", 1)

    assert not stock_of(product).warned


def test_the_ledger_is_read_page_by_page_newest_first() -> None:
    sku = sku_of(a_product())
    for minute in range(1, PAGE + 1):
        wanted = Adjustment(str(ULID()), sku, "found", minute)
        adjust(wanted, by=ANNA, now=NOON + timedelta(minutes=minute))

    first = ledger_of(sku)
    rest = ledger_of(sku, before=first[-1].at)

    assert [it.change for it in first] == list(range(PAGE, 0, -1))
    assert [it.reason for it in rest] == ["received"]
