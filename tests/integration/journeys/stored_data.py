"""Reads everything that the deployed stack has stored, to search it for personal data.

Emails, and the tables of orders, customers and the audit log, hold personal data on purpose.
Nothing else may.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ulid import ULID

from app.orders.models import Order
from tests.fake_clouds import ACCOUNT, DeployedShop

TABLES_WITHOUT_PERSONAL_DATA = (
    "sales",
    "stock",
    "stock-ledger",
    "catalog",
    "carrier-records",
    "provider-records",
)
TABLES_WITH_PERSONAL_DATA = ("orders", "customers", "audit-log")

type Written = Iterator[tuple[str, str]]


def logs(shop: DeployedShop) -> Written:
    client = shop.cloud.client("logs")
    for page in client.get_paginator("describe_log_groups").paginate():
        for group in (it["logGroupName"] for it in page["logGroups"]):
            events = client.get_paginator("filter_log_events").paginate(logGroupName=group)
            yield from ((group, it["message"]) for batch in events for it in batch["events"])


def queues(shop: DeployedShop) -> Written:
    """All queues and dead-letter queues; the messages stay visible."""
    sqs = shop.cloud.client("sqs")
    for url in sqs.list_queues().get("QueueUrls", ()):
        options = {"VisibilityTimeout": 0, "MessageAttributeNames": ["All"]}
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **options)
        yield from ((url, json.dumps(it)) for it in answer.get("Messages", ()))


def tables(shop: DeployedShop, names: tuple[str, ...]) -> Written:
    for name in names:
        pages = shop.cloud.client("dynamodb").get_paginator("scan")
        for page in pages.paginate(TableName=f"hearth-and-clay-{name}"):
            yield from ((f"table {name}", json.dumps(it, default=str)) for it in page["Items"])


def runs(shop: DeployedShop, *orders: Order) -> Written:
    states = shop.cloud.client("stepfunctions")
    pages = states.get_paginator("list_executions")
    for page in pages.paginate(stateMachineArn=shop.outputs["FulfillOrderStateMachine"]):
        for run in page["executions"]:
            if run["name"][:26] in {order.order_id for order in orders}:
                history = states.get_execution_history(executionArn=run["executionArn"])
                yield f"run {run['name']}", json.dumps(history["events"], default=str)


def metrics(shop: DeployedShop) -> Written:
    yield "metrics", json.dumps(shop.cloud.client("cloudwatch").list_metrics(), default=str)


def emulator_log(shop: DeployedShop) -> Written:
    """Without the lines in which the emulated mail service logs the recipients of emails."""
    lines = shop.cloud.state_dir.log.read_text(errors="replace").splitlines()
    yield "the emulator's log", "\n".join(it for it in lines if "SESv2 SendEmail" not in it)


@contextmanager
def record_topic(shop: DeployedShop) -> Iterator[list[dict[str, Any]]]:
    """Subscribe to the topic; after the block, the list holds all messages with attributes."""
    sqs, sns = shop.cloud.client("sqs"), shop.cloud.client("sns")
    name = f"recorder-{ULID()}"
    arn = f"arn:aws:sqs:eu-central-1:{ACCOUNT}:{name}"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    subscribed = sns.subscribe(
        TopicArn=shop.outputs["OrderEventsTopic"], Protocol="sqs", Endpoint=arn
    )
    messages: list[dict[str, Any]] = []
    try:
        yield messages
    finally:
        sns.unsubscribe(SubscriptionArn=subscribed["SubscriptionArn"])
        while got := sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            messages += got
            for it in got:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=it["ReceiptHandle"])
        sqs.delete_queue(QueueUrl=url)
