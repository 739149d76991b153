"""Messages that no outbox row backs, invented or altered, change nothing in any consumer."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from ulid import ULID

from app.analytics.figures import figures_of
from app.catalog.models import Product
from app.inventory.models import LedgerEntry
from app.orders.cancellation import cancel_order
from app.orders.events import OrderEvent, StockLow, write_event
from app.orders.models import EventRow, Order
from app.persistence.dynamodb import OrderPart
from infra.local.cloud import LocalCloud
from tests.builders import (
    NOON,
    LambdaContextStub,
    a_batch,
    a_product,
    an_order,
    an_order_in_status,
    sku_of,
    stock_of,
)
from tests.crash_injection import recorded_calls
from tests.fake_clouds import MERCHANT
from tests.unit.workers.queue_readers import (
    emails_to,
    events_of,
    executions_of,
    first_event_of,
    messages_in,
)
from workers import analytics, email, fulfillment, inventory

CONSUMERS: dict[str, Callable[[dict[str, Any], Any], dict[str, Any]]] = {
    "email": email.handler,
    "analytics": analytics.handler,
    "inventory": inventory.handler,
    "fulfillment": fulfillment.handler,
}
_days = count(3_000)


@dataclass(frozen=True)
class World:
    """A placed order on a day of its own, and everything that a consumer could change."""

    cloud: LocalCloud
    workflow: str
    product: Product
    order: Order
    day: datetime

    def effects(self, other_order: str = "") -> dict[str, Any]:
        sku = self.order.lines[0].sku
        order_ids = [it for it in (self.order.order_id, other_order) if it]
        return {
            "rows": [row.serialize() for it in order_ids for row in OrderPart.query(it)],
            "figures": figures_of(self.day.date()),
            "ledger": [it.entry for it in LedgerEntry.query(sku)],
            "warned": stock_of(self.product).low_stock_warned,
            "executions": executions_of(self.cloud, self.workflow),
            "emails": len(emails_to(self.cloud, self.order.email)),
            "merchants": sum(
                self.order.order_id in it.text for it in emails_to(self.cloud, MERCHANT)
            ),
        }


@pytest.fixture
def world(tables: LocalCloud, workflow: str) -> World:
    product, day = a_product(quantity=3), NOON + timedelta(days=next(_days))
    order = an_order(product, now=day, email=f"{ULID()}@potter.example".lower())
    return World(tables, workflow, product, order, day)


def altered(event: OrderEvent, **changes: object) -> str:
    return json.dumps(json.loads(write_event(event)) | changes)


def of_no_order(world: World) -> str:
    """A whole and valid event of an order that was never placed."""
    order_id = str(ULID())
    return altered(first_event_of(world.order), order_id=order_id, event_id=f"{order_id}-0001")


def cancelled_but_placed(world: World) -> str:
    """An order that is placed is reported as cancelled, with a refund."""
    body = {
        "type": "order_cancelled",
        "event_id": f"{world.order.order_id}-0002",
        "reason": "customer_request",
        "refunded": 1_000_000,
    }
    return altered(first_event_of(world.order), **body)


def with_other_total(world: World) -> str:
    return altered(first_event_of(world.order), total=1)


def with_other_quantity(world: World) -> str:
    line = {"sku": world.order.lines[0].sku, "quantity": 999, "price": 1}
    return altered(first_event_of(world.order), lines=[line])


def with_other_currency(world: World) -> str:
    return altered(first_event_of(world.order), currency="XXX")


def with_another_day(world: World) -> str:
    return altered(
        first_event_of(world.order), occurred_at=(world.day + timedelta(hours=3)).isoformat()
    )


def with_another_event_id(world: World) -> str:
    """The same event under another id, to be counted twice."""
    return altered(first_event_of(world.order), event_id=f"{world.order.order_id}-0007")


def with_the_order_id_of_another(world: World) -> str:
    """One order's event in the partition of another."""
    other = an_order(a_product(), now=world.day)
    return altered(first_event_of(world.order), order_id=other.order_id)


INVENTED = (
    of_no_order,
    cancelled_but_placed,
    with_other_total,
    with_other_quantity,
    with_other_currency,
    with_another_day,
    with_another_event_id,
    with_the_order_id_of_another,
)


@pytest.mark.parametrize("invent", INVENTED, ids=lambda it: it.__name__)
@pytest.mark.parametrize("consumer", CONSUMERS)
def test_consumer_moves_an_event_that_is_not_in_the_outbox_to_the_dlq_and_changes_nothing(
    world: World, dead_letter_queue: str, consumer: str, invent: Callable[[World], str]
) -> None:
    body = invent(world)
    order_id = json.loads(body)["order_id"]
    before = world.effects(order_id)

    response = CONSUMERS[consumer](a_batch(body), LambdaContextStub())

    assert response == {"batchItemFailures": []}
    assert world.effects(order_id) == before
    (message,) = messages_in(world.cloud, dead_letter_queue)
    assert message["Body"] == body
    reason = message["MessageAttributes"]["reason"]["StringValue"]
    assert reason.startswith("The outbox ")
    assert reason.endswith(", after 1 attempt")


@pytest.mark.parametrize("consumer", CONSUMERS)
@pytest.mark.parametrize(
    "ids",
    [
        {"order_id": ""},
        {"event_id": ""},
        {"order_id": "", "event_id": ""},
        {"order_id": "A" * 3_000, "event_id": "A" * 3_000 + "-0001"},
        {"event_id": "0001"},
        {"order_id": "order#1", "event_id": "order#1-0001"},
    ],
    ids=["no order id", "no event id", "no ids", "long ids", "number only", "no ULID"],
)
def test_ids_that_no_row_can_have_are_a_permanent_failure(
    world: World, dead_letter_queue: str, consumer: str, ids: dict[str, str]
) -> None:
    """DynamoDB refuses empty and long keys, which would otherwise be retried for three days."""
    body = altered(first_event_of(world.order), **ids)

    response = CONSUMERS[consumer](a_batch(body), LambdaContextStub())

    assert response == {"batchItemFailures": []}
    (message,) = messages_in(world.cloud, dead_letter_queue)
    assert message["MessageAttributes"]["reason"]["StringValue"].startswith("The outbox ")


def test_event_id_longer_than_a_key_is_a_permanent_failure(
    world: World, dead_letter_queue: str
) -> None:
    body = altered(first_event_of(world.order), event_id=f"{world.order.order_id}-{'1' * 2_000}")

    for consumer in CONSUMERS.values():
        assert consumer(a_batch(body), LambdaContextStub()) == {"batchItemFailures": []}


def test_merchants_get_no_email_about_an_invented_warning(
    world: World, dead_letter_queue: str
) -> None:
    sku = sku_of(world.product)
    warning = StockLow(
        event_id=f"{world.order.order_id}-low-{sku}",
        order_id=world.order.order_id,
        occurred_at=world.day,
        sku=sku,
        available=1,
    )
    before = world.effects()

    email.handler(a_batch(warning), LambdaContextStub())

    assert world.effects() == before
    assert len(messages_in(world.cloud, dead_letter_queue)) == 1


def test_invented_cancellation_request_refunds_nothing(
    world: World, dead_letter_queue: str
) -> None:
    order = an_order_in_status("paid", now=world.day)
    cancelled = cancel_order(an_order_in_status("paid").order_id, now=NOON)
    request = altered(
        events_of(cancelled)[-1], order_id=order.order_id, event_id=f"{order.order_id}-0003"
    )

    fulfillment.handler(a_batch(request), LambdaContextStub())

    assert len(messages_in(world.cloud, dead_letter_queue)) == 1


def test_true_event_in_a_batch_with_an_invented_one_is_processed(
    world: World, dead_letter_queue: str
) -> None:
    batch = a_batch(of_no_order(world), first_event_of(world.order))

    assert analytics.handler(batch, LambdaContextStub()) == {"batchItemFailures": []}

    assert figures_of(world.day.date())["placed"].count == 1


def test_event_is_checked_with_one_eventually_consistent_read(world: World) -> None:
    """Half a read unit. A row that is found is the present one, since rows never change."""
    with recorded_calls() as calls:
        analytics.handler(a_batch(first_event_of(world.order)), LambdaContextStub())

    (read,) = [json.loads(it.partition(" ")[2]) for it in calls if it.startswith("GetItem")]
    assert read["Key"]["part"] == {"S": "event#0001#order_placed"}
    assert not read.get("ConsistentRead")


def test_event_that_is_not_found_is_looked_for_again_consistently(
    world: World, dead_letter_queue: str
) -> None:
    """An eventually consistent read may miss a row that was written a moment ago."""
    with recorded_calls() as calls:
        analytics.handler(a_batch(of_no_order(world)), LambdaContextStub())

    reads = [json.loads(it.partition(" ")[2]) for it in calls if it.startswith("GetItem")]
    assert [bool(it.get("ConsistentRead")) for it in reads] == [False, True]


def test_email_worker_checks_the_event_in_the_query_that_it_makes_anyway(world: World) -> None:
    with recorded_calls() as calls:
        email.handler(a_batch(first_event_of(world.order)), LambdaContextStub())

    assert [it for it in calls if it.startswith("GetItem")] == []


def test_stored_event_that_became_unreadable_is_not_believed(
    world: World, dead_letter_queue: str
) -> None:
    event = first_event_of(world.order)
    row = EventRow.get(world.order.order_id, f"event#0001#{event.type}")
    row.update(actions=[EventRow.body.set("nonsense")])

    analytics.handler(a_batch(event), LambdaContextStub())

    assert "placed" not in figures_of(world.day.date())
    assert len(messages_in(world.cloud, dead_letter_queue)) == 1
