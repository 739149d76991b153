"""Everything that the running shop has written anywhere, but for what it keeps about its customers.

Letters are for the customer; tables keep orders and sessions. All else must tell of nobody.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ulid import ULID

from app.orders.models import Order
from tests.fake_clouds import ACCOUNT, DeployedShop

FIGURES = ("sales", "stock", "stock-ledger", "catalog", "carrier-records", "provider-records")
ABOUT_PEOPLE = ("orders", "customers", "audit-log")

type Written = Iterator[tuple[str, str]]


def logs(shop: DeployedShop) -> Written:
    client = shop.cloud.client("logs")
    for page in client.get_paginator("describe_log_groups").paginate():
        for group in (it["logGroupName"] for it in page["logGroups"]):
            events = client.get_paginator("filter_log_events").paginate(logGroupName=group)
            yield from ((group, it["message"]) for batch in events for it in batch["events"])


def queues(shop: DeployedShop) -> Written:
    """Main queues and dead letters; what is read stays there for others."""
    sqs = shop.cloud.client("sqs")
    for url in sqs.list_queues().get("QueueUrls", ()):
        asked = {"VisibilityTimeout": 0, "MessageAttributeNames": ["All"]}
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **asked)
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
                told = states.get_execution_history(executionArn=run["executionArn"])
                yield f"run {run['name']}", json.dumps(told["events"], default=str)


def metrics(shop: DeployedShop) -> Written:
    yield "metrics", json.dumps(shop.cloud.client("cloudwatch").list_metrics(), default=str)


def emulator_log(shop: DeployedShop) -> Written:
    """But for the lines in which it plays the mail service, and says to whom a letter goes."""
    lines = shop.cloud.home.log.read_text(errors="replace").splitlines()
    yield "the emulator's log", "\n".join(it for it in lines if "SESv2 SendEmail" not in it)


@contextmanager
def overheard(shop: DeployedShop) -> Iterator[list[dict[str, Any]]]:
    """All messages of the topic from now on, with their attributes, as a subscriber gets them."""
    sqs, sns = shop.cloud.client("sqs"), shop.cloud.client("sns")
    name = f"overhears-{ULID()}"
    arn = f"arn:aws:sqs:eu-central-1:{ACCOUNT}:{name}"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    subscribed = sns.subscribe(TopicArn=shop.outputs["OrderEventsTopic"], Protocol="sqs", Endpoint=arn)
    heard: list[dict[str, Any]] = []
    try:
        yield heard
    finally:
        sns.unsubscribe(SubscriptionArn=subscribed["SubscriptionArn"])
        while got := sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            heard += got
            for it in got:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=it["ReceiptHandle"])
        sqs.delete_queue(QueueUrl=url)
