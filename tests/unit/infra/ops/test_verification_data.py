"""Reading a snapshot from a stack, and matching sent emails with events."""

from boto3.dynamodb.types import TypeSerializer

from app.aws.table_reader import deserialize_row
from app.orders.models import Order
from app.verification import SentEmail
from infra.local.cloud import LocalCloud
from infra.local.console.emails import StoredEmail
from infra.local.faults.injector import FaultInjector
from infra.ops.deployed_stack import DeployedStack
from infra.ops.sent_emails import match_emails
from infra.ops.verification_data import read_snapshot
from tests.builders import NOON, an_order_in_status
from tests.unit.workers.queue_readers import events_of


def an_email(order: Order, *, admin: bool = False) -> StoredEmail:
    area = "/admin" if admin else ""
    text = f"See http://localhost:8000{area}/orders/{order.order_id}?key=abc for more."
    return StoredEmail("1", "shop@x.example", ("ada@x.example",), "Danke!", NOON, text, "")


def test_forced_outcome_of_the_carrier_is_not_a_parcel(tables: LocalCloud) -> None:
    faults = FaultInjector(tables)
    faults.enable("carrier-times-out")
    try:
        snapshot = read_snapshot(DeployedStack.on_local_cloud(tables))
    finally:
        faults.clear()

    assert "forced_outcome" not in {row["reference"] for row in snapshot.carrier}


def test_dynamodb_item_is_deserialized() -> None:
    serialize = TypeSerializer().serialize
    row = {"sku": "VASE-TEAL", "sold": 2, "on_sale": True}

    assert deserialize_row({name: serialize(value) for name, value in row.items()}) == row


def test_each_email_is_matched_with_one_event_and_a_surplus_one_is_a_duplicate(
    tables: LocalCloud,
) -> None:
    order = an_order_in_status("shipped")
    events = read_snapshot(DeployedStack.on_local_cloud(tables)).events
    placed, _, shipped = (event.event_id for event in events_of(order))

    def event_ids_of(count: int) -> list[str]:
        return [email.event_id for email in match_emails([an_email(order)] * count, events)]

    assert event_ids_of(1) == [shipped]
    assert sorted(event_ids_of(2)) == [placed, shipped]
    assert sorted(event_ids_of(3)) == [placed, shipped, shipped]


def test_email_to_merchants_is_not_matched_with_an_event_for_customers(tables: LocalCloud) -> None:
    order = an_order_in_status("shipped")
    events = read_snapshot(DeployedStack.on_local_cloud(tables)).events

    assert match_emails([an_email(order, admin=True)], events) == [
        SentEmail(f"{order.order_id}-unknown", "ada@x.example")
    ]
