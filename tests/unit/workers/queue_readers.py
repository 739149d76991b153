"""What workers were told and what became of it: events, letters, messages in queues."""

from typing import Any

from app.orders.events import OrderEvent, read_event
from app.orders.models import Order
from app.orders.queries import story_of
from infra.local.cloud import LocalCloud
from infra.local.console.emails import Letter, Mailbox


def events_of(order: Order) -> list[OrderEvent]:
    return [read_event(row.body) for row in story_of(order.order_id).events]


def the_first_event(order: Order) -> OrderEvent:
    return events_of(order)[0]


def letters_to(cloud: LocalCloud, address: str) -> list[Letter]:
    return Mailbox(cloud).letters(to=address)


def taken_from(cloud: LocalCloud, queue: str) -> list[dict[str, Any]]:
    """Everything that waits in a queue of the template, which is then empty."""
    sqs = cloud.client("sqs")
    url = sqs.get_queue_url(QueueName=f"hearth-and-clay-{queue}")["QueueUrl"]
    found: list[dict[str, Any]] = []
    while messages := sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    ).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        found += messages
    return found


def runs_of(cloud: LocalCloud, workflow: str) -> list[str]:
    """The names of all executions of a workflow, in the order of the alphabet."""
    found = cloud.client("stepfunctions").list_executions(stateMachineArn=workflow)["executions"]
    return sorted(it["name"] for it in found)
