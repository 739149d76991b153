"""Every query and every reading command of the runbook, run on the deployed stack in that state."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.inventory.models import Stock
from app.payments.webhooks import SIGNATURE_HEADER
from infra.ops.sandbox_payments import change_payment
from tests.builders import a_batch, a_product, a_stream_batch, an_order_in_status, sku_of
from tests.fake_clouds import ACCOUNT, DeployedShop
from tests.integration.journeys.order_polling import (
    eventually,
    invoke,
    now,
    override_function_settings,
    place_test_order,
    wait_for_status,
)
from tests.integration.wiring.function_calls import (
    call_open_issue,
    call_outbox_poller_with_unreadable_event,
    packed_order,
)
from tests.template_lint.naming import REGION, STACK
from tests.unit.runbook.aws_cli import read_command
from tests.unit.runbook.document import Query, commands, queries
from tests.unit.workers.test_reconcile import failed_execution

type Provoke = Callable[[DeployedShop], str]

HOUR = 3600
READING = ("list-", "get-", "start-query", "describe-")
# What only an account has: the own domain and certificate, and the stack of a deploy role.
ON_AWS_ONLY = ("your.domain", "--certificate-arn", "-staging-deploy")


def find_lines(shop: DeployedShop, log_group: str, text: str) -> list[str]:
    """The lines that a query of Logs Insights finds in the last hour."""
    logs, at = shop.cloud.client("logs"), int(time.time())
    group = log_group.replace("STACK", STACK)
    window = {"startTime": at - HOUR, "endTime": at + 60}
    query = logs.start_query(logGroupName=group, queryString=text, **window)
    rows = logs.get_query_results(queryId=query["queryId"])["results"]
    return [field["value"] for row in rows for field in row if field["field"] == "@message"]


def fail_charge(shop: DeployedShop) -> str:
    assert invoke(shop, "charge", {"order_id": "no such order"})["failed"]
    return "NotFound"


def fail_email(shop: DeployedShop) -> str:
    invoke(shop, "email", a_batch("not an event"))
    return "email failed"


def break_publish(shop: DeployedShop) -> str:
    order = an_order_in_status("placed", now=now() - timedelta(seconds=90))
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:no-such-topic"
    with override_function_settings(shop, "publish", TOPIC_ARN=topic):
        invoke(shop, "publish", a_stream_batch(order))
    return "publish left events to the outbox poller"


def break_workflow(shop: DeployedShop) -> str:
    order, at = an_order_in_status("placed", now=now()), int(time.time() * 1000) + 5_000
    notice = failed_execution(order.order_id, "FAILED", startDate=at, stopDate=at)
    invoke(shop, "reconcile", a_batch(notice))
    return order.order_id


def request_a_missing_page(shop: DeployedShop) -> str:
    answer = httpx.get(f"{shop.url}/api/products/no-such-product", timeout=60)
    return str(answer.json()["request_id"])


def store_unreadable_event(shop: DeployedShop) -> str:
    assert call_outbox_poller_with_unreadable_event(shop)
    return "unreadable event"


def reconcile(shop: DeployedShop) -> str:
    invoke(shop, "reconcile", {})
    return '"restarted"'


def open_issue(shop: DeployedShop) -> str:
    assert call_open_issue(shop)
    return "States.Timeout"


def dispute(shop: DeployedShop) -> str:
    order = packed_order()
    change_payment("dispute", order.order_id, now=now())
    return order.order_id


def forge_webhook(shop: DeployedShop) -> str:
    signature = f"t={int(time.time())},v1={'0' * 64}"
    headers = {"Content-Type": "application/json", SIGNATURE_HEADER: signature}
    url = f"{shop.url}/webhooks/payments"
    assert httpx.post(url, content=b"{}", headers=headers, timeout=60).status_code == 401
    return "mismatch"


def damage_stock(shop: DeployedShop) -> str:
    product = a_product()
    stock = Stock.get(sku_of(product))
    stock.update(actions=[Stock.reserved.set(7)])
    try:
        invoke(shop, "verify", {})
    finally:
        stock.update(actions=[Stock.reserved.set(0)])
    return sku_of(product)


PROVOKE: dict[tuple[str, str], Provoke] = {
    ("charge", "ERROR|Task timed out"): fail_charge,
    ("email", "email failed"): fail_email,
    ("publish", "ERROR|Task timed out"): break_publish,
    ("publish", "publish left events to the outbox poller"): break_publish,
    ("reconcile", "workflow_broken"): break_workflow,
    ("reconcile", "reconcile"): reconcile,
    ("web", "REFERENCE"): request_a_missing_page,
    ("web", "issue_opened"): dispute,
    ("web", "webhook_rejected"): forge_webhook,
    ("outbox-poller", "unreadable event"): store_unreadable_event,
    ("open-issue", "issue_opened"): open_issue,
    ("verify", "inconsistent"): damage_stock,
}


@pytest.mark.parametrize("query", queries(), ids=lambda it: f"{it.log_group} {it.pattern}")
def test_query_of_the_runbook_finds_what_its_page_is_about(
    shop: DeployedShop, query: Query
) -> None:
    function = query.log_group.removeprefix("/aws/lambda/STACK-")

    found = PROVOKE[function, query.pattern](shop)

    text = query.text.replace("REFERENCE", found)
    eventually(
        lambda: find_lines(shop, query.log_group, text),
        lambda lines: any(found in line for line in lines),
    )
    assert all(
        any(part in line for part in text.split("/")[1].split("|"))
        for line in find_lines(shop, query.log_group, text)
    )


def query_id(shop: DeployedShop) -> str:
    group = f"/aws/lambda/{STACK}-web"
    window = {"startTime": 0, "endTime": 1}
    started = shop.cloud.client("logs").start_query(
        logGroupName=group, queryString="limit 1", **window
    )
    return str(started["queryId"])


@pytest.mark.parametrize(
    "command",
    [
        it
        for it in commands("aws")
        if it.split()[2].startswith(READING) and not any(word in it for word in ON_AWS_ONLY)
    ],
)
def test_reading_command_of_the_runbook_answers(shop: DeployedShop, command: str) -> None:
    order = wait_for_status(place_test_order(), "shipped")
    values = {"STACK": STACK, "REGION": REGION, "ACCOUNT": ACCOUNT, "NAME": order.order_id}
    read = read_command(command, values | {"UUID": query_id(shop)})
    parameters: dict[str, Any] = dict(read.parameters)
    client = shop.cloud.client(read.service)
    if "QueueUrl" in parameters:
        parameters["QueueUrl"] = client.get_queue_url(QueueName=f"{STACK}-email")["QueueUrl"]
    if "ApiId" in parameters:
        parameters |= {"ApiId": shop.outputs["ApiId"], "StageName": "$default"}

    answer = getattr(client, read.operation)(**parameters)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
