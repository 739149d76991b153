"""Reads that decide about money or stock are strongly consistent: a stale one would decide wrongly.

The emulator has no stale reads. The simulator has, and finds what a missing parameter does.
"""

from app.inventory import reservations
from app.inventory.models import LedgerEntry
from app.payments.fake_gateway import FakePaymentGateway
from infra.local.cloud import LocalCloud
from tests.builders import a_sku, an_order_in_status
from tests.crash_injection import recorded_calls


def consistent_reads(calls: list[str], operation: str) -> list[bool]:
    return ['"ConsistentRead": true' in it for it in calls if it.startswith(operation)]


def test_search_for_the_intent_of_an_order_is_consistent(tables: LocalCloud) -> None:
    order = an_order_in_status("paid")

    with recorded_calls() as calls:
        assert FakePaymentGateway().find_intent(order.order_id)

    assert consistent_reads(calls, "GetItem")[-1]


def test_search_for_a_repeated_ledger_entry_is_consistent(tables: LocalCloud) -> None:
    with recorded_calls() as calls:
        assert not reservations._find_in_ledger(LedgerEntry(a_sku(), "an entry"))

    assert consistent_reads(calls, "Query") == [True]
