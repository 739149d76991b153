import pytest

from app import clock
from app.analytics.facts import fact_key
from app.analytics.models import SalesRow
from app.inventory.models import LedgerEntry
from app.orders.checkout import place_order
from app.orders.consumer_records import ConsumerRecord, consumer_records, ledger_keys
from app.orders.models import Order
from app.orders.queries import load_order_details
from app.persistence.idempotency import ProcessedEvent
from tests.builders import (
    NOON,
    LambdaContextStub,
    a_batch,
    a_cart,
    a_product,
    a_request,
    an_order_in_status,
)
from tests.unit.workers.queue_readers import events_of, first_event_of
from workers import analytics, inventory

pytestmark = pytest.mark.usefixtures("tables")


def records_of(order: Order) -> list[ConsumerRecord]:
    return sorted(consumer_records(load_order_details(order.order_id)))


def handled(order: Order) -> list[tuple[str, str]]:
    return [(it.consumer, it.event_id.partition("-")[2]) for it in records_of(order)]


def test_facts_and_ledger_entries_say_which_events_were_handled() -> None:
    order = an_order_in_status("shipped")
    assert records_of(order) == []

    before = clock.now()
    for worker in (analytics, inventory):
        worker.handler(a_batch(*events_of(order)), LambdaContextStub())

    assert handled(order) == [
        ("analytics", "0001"),
        ("analytics", "0002"),
        ("analytics", "0003"),
        ("inventory", "0001"),
        ("inventory", "0003"),
    ]
    assert all(it.at and before <= it.at <= clock.now() for it in records_of(order))


def test_event_is_not_in_the_ledger_before_each_of_its_skus_is() -> None:
    order = place_order(a_request(), a_cart(a_product(), a_product()), now=NOON)
    event = first_event_of(order)
    inventory.handler(a_batch(event), LambdaContextStub())
    assert handled(order) == [("inventory", "0001")]

    sku, entry = min(ledger_keys(event))
    LedgerEntry(sku, entry).delete()

    assert handled(order) == []


def test_repeat_keeps_the_time_at_which_an_event_was_counted_first() -> None:
    event = first_event_of(an_order_in_status("placed"))
    analytics.handler(a_batch(event), LambdaContextStub())
    first = SalesRow.get(*fact_key(event.event_id, event.occurred_at)).recorded_at

    analytics.handler(a_batch(event), LambdaContextStub())

    assert SalesRow.get(*fact_key(event.event_id, event.occurred_at)).recorded_at == first


def test_marker_of_an_earlier_version_gives_one_record_with_its_time() -> None:
    order = an_order_in_status("placed")
    event = first_event_of(order)
    inventory.handler(a_batch(event), LambdaContextStub())
    for consumer in ("analytics", "inventory"):
        part = f"processed#{consumer}#{event.event_id}"
        ProcessedEvent(order.order_id, part, at=NOON).save()

    assert records_of(order) == [
        ConsumerRecord("analytics", event.event_id, NOON),
        ConsumerRecord("inventory", event.event_id, NOON),
    ]


def test_workers_write_no_marker_beside_their_effects() -> None:
    order = an_order_in_status("shipped")

    for worker in (analytics, inventory):
        worker.handler(a_batch(*events_of(order)), LambdaContextStub())

    assert load_order_details(order.order_id).processed == ()
