"""Readers of what workers receive and produce: events, emails, messages, executions."""

from typing import Any

from app.orders.events import OrderEvent, read_event
from app.orders.models import Order
from app.orders.queries import load_order_details
from infra.local.cloud import LocalCloud
from infra.local.console.emails import Mailbox, StoredEmail


def events_of(order: Order) -> list[OrderEvent]:
    return [read_event(row.body) for row in load_order_details(order.order_id).events]


def first_event_of(order: Order) -> OrderEvent:
    return events_of(order)[0]


def emails_to(cloud: LocalCloud, address: str) -> list[StoredEmail]:
    return Mailbox(cloud).list_emails(to=address)


def drain_queue(cloud: LocalCloud, queue: str) -> list[dict[str, Any]]:
    """Receive and delete all messages of a queue."""
    sqs = cloud.client("sqs")
    url = sqs.get_queue_url(QueueName=f"hearth-and-clay-{queue}")["QueueUrl"]
    received: list[dict[str, Any]] = []
    while messages := sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    ).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        received += messages
    return received


def messages_in(cloud: LocalCloud, url: str) -> list[dict[str, Any]]:
    """At most ten messages of a queue, by its URL; they stay in it."""
    response = cloud.client("sqs").receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    messages: list[dict[str, Any]] = response.get("Messages", [])
    return messages


def executions_of(cloud: LocalCloud, workflow: str) -> list[str]:
    """The sorted names of all executions of a workflow."""
    executions = cloud.client("stepfunctions").list_executions(stateMachineArn=workflow)[
        "executions"
    ]
    return sorted(it["name"] for it in executions)
