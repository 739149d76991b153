"""Dead-letter queues: messages are listed, redriven or discarded, and never lost."""

import json
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from starlette.applications import Starlette

from app.aws.sqs import send_to_dlq
from app.inventory.reservations import write_ledger
from app.orders.checkout import place_order
from app.orders.events import write_event
from app.persistence.idempotency import ProcessedEvent
from infra.build.bundles import ROOT
from infra.cli.redrive import choose_queues
from infra.local.cloud import LocalCloud
from infra.local.console.dead_letters import dead_letter_pages, format_age
from infra.local.packaging import read_template
from infra.ops.dead_letters.audit_log import Entry, Operator, list_entries
from infra.ops.dead_letters.messages import UNKNOWN_REASON, receive_dead_letters
from infra.ops.dead_letters.outcomes import redrive_outcome
from infra.ops.dead_letters.queues import (
    DeadLetterQueue,
    dead_letter_queues,
    find_dead_letter_queue,
)
from infra.ops.dead_letters.redrive import RedrivePlan, discard, redrive
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError
from tests.builders import (
    NOON,
    LambdaContextStub,
    a_batch,
    a_cart,
    a_product,
    a_request,
    an_order,
)
from tests.fake_clouds import override_settings
from tests.unit.infra.visitor import Visitor
from tests.unit.workers.queue_readers import drain_queue, first_event_of
from workers import analytics, inventory

BO = Operator("bo", "the provider is up again")
FAST = RedrivePlan(rate=1_000)


@pytest.fixture
def shop(tables: LocalCloud) -> DeployedStack:
    for queue in ("email", "email-dead-letters", "inventory-dead-letters"):
        drain_queue(tables, queue)
    return DeployedStack.on_local_cloud(tables)


@pytest.fixture
def queue(shop: DeployedStack) -> DeadLetterQueue:
    url = shop.resources("AWS::SQS::Queue")
    return DeadLetterQueue("email", url["EmailDeadLetterQueue"], "queue", url["EmailQueue"])


def a_dead_letter(
    queue: DeadLetterQueue, body: str = "", reason: str = "Busy, after 5 attempts"
) -> str:
    """The body of a message that a worker sent to the dead-letter queue."""
    text = body or write_event(first_event_of(an_order()))
    with override_settings(dead_letter_queue_url=queue.url):
        send_to_dlq(text, reason, {"type": {"stringValue": "order_placed", "dataType": "String"}})
    return text


def bodies_in(shop: DeployedStack, queue: DeadLetterQueue) -> list[str]:
    with receive_dead_letters(shop, queue) as messages:
        return sorted(message.body for message in messages)


def newest_entry(shop: DeployedStack) -> Entry:
    return list_entries(shop, now=datetime.now(UTC))[0]


def test_dead_letter_has_its_order_reason_and_attempts(
    shop: DeployedStack, queue: DeadLetterQueue
) -> None:
    event = first_event_of(an_order())
    a_dead_letter(queue, write_event(event))

    with receive_dead_letters(shop, queue) as (message,):
        assert (message.order_id, message.event_id) == (event.order_id, event.event_id)
        assert (message.kind, message.reason) == ("order_placed", "Busy, after 5 attempts")
        assert message.attempts == 5
        assert datetime.now(UTC) - message.sent_at < timedelta(minutes=5)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({}, UNKNOWN_REASON),
        ({"requestContext": {"condition": "RetryAttemptsExhausted"}}, "RetryAttemptsExhausted"),
        ({"responsePayload": {"errorMessage": "Refused", "errorType": "E"}}, "Refused"),
    ],
)
def test_reason_given_by_sqs_or_lambda_is_used(
    shop: DeployedStack, queue: DeadLetterQueue, content: dict[str, Any], reason: str
) -> None:
    shop.client("sqs").send_message(QueueUrl=queue.url, MessageBody=json.dumps(content))

    with receive_dead_letters(shop, queue) as (message,):
        assert message.reason == reason


def test_message_that_eventbridge_could_not_deliver_has_its_reason_and_attempts(
    shop: DeployedStack, queue: DeadLetterQueue
) -> None:
    added = {
        "ERROR_CODE": "NO_PERMISSIONS",
        "ERROR_MESSAGE": "The queue's policy refuses events.amazonaws.com.",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "RETRY_ATTEMPTS": "185",
        "RULE_ARN": "arn:aws:events:eu-central-1:0:rule/shop-email-returned",
        "TARGET_ARN": "arn:aws:sqs:eu-central-1:0:shop-email",
    }
    shop.client("sqs").send_message(
        QueueUrl=queue.url,
        MessageBody=json.dumps({"detail-type": "Email Bounced"}),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in added.items()
        },
    )

    with receive_dead_letters(shop, queue) as (message,):
        assert message.reason == (
            "NO_PERMISSIONS: The queue's policy refuses events.amazonaws.com."
        )
        assert message.attempts == 186
        assert message.original_attributes == {}  # a redrive sends none of them


def test_receiving_removes_no_message(shop: DeployedStack, queue: DeadLetterQueue) -> None:
    bodies = sorted(a_dead_letter(queue) for _ in range(12))

    assert bodies_in(shop, queue) == bodies
    assert bodies_in(shop, queue) == bodies


def test_redrive_sends_the_message_unchanged_and_records_it(
    shop: DeployedStack, queue: DeadLetterQueue, tables: LocalCloud
) -> None:
    body = a_dead_letter(queue)

    (result,) = redrive(shop, queue, FAST, BO)

    assert result.sent
    assert bodies_in(shop, queue) == []
    (message,) = drain_queue(tables, "email")
    assert message["Body"] == body
    assert list(message["MessageAttributes"]) == ["type"]
    entry = newest_entry(shop)
    assert (entry.action, entry.queue, entry.operator, entry.reason) == (
        "redriven",
        "email",
        "bo",
        "the provider is up again",
    )
    assert entry.event_id == json.loads(body)["event_id"]


def test_second_redrive_sends_nothing(shop: DeployedStack, queue: DeadLetterQueue) -> None:
    a_dead_letter(queue)

    assert len(redrive(shop, queue, FAST, BO)) == 1
    assert redrive(shop, queue, FAST, BO) == []


def test_dry_run_changes_nothing(
    shop: DeployedStack, queue: DeadLetterQueue, tables: LocalCloud
) -> None:
    body = a_dead_letter(queue)

    (result,) = redrive(shop, queue, RedrivePlan(dry_run=True), BO)

    assert result.outcome == "would go to the email queue"
    assert drain_queue(tables, "email") == []
    assert bodies_in(shop, queue) == [body]


def test_unreadable_message_is_not_redriven(shop: DeployedStack, queue: DeadLetterQueue) -> None:
    poison = a_dead_letter(queue, '{"type": "order_teleported"}')
    a_dead_letter(queue)

    results = redrive(shop, queue, FAST, BO)

    assert sorted(it.sent for it in results) == [False, True]
    assert bodies_in(shop, queue) == [poison]


def test_report_about_a_bounce_can_be_redriven(shop: DeployedStack, queue: DeadLetterQueue) -> None:
    body = json.dumps({"detail-type": "Email Bounced", "detail": {"mail": {}}})
    with override_settings(dead_letter_queue_url=queue.url):
        send_to_dlq(body, "Busy, after 5 attempts", {})

    (result,) = redrive(shop, queue, FAST, BO)

    assert result.sent
    assert result.message.kind == "Email Bounced"


def test_redrive_respects_the_limit_and_the_chosen_ids(
    shop: DeployedStack, queue: DeadLetterQueue
) -> None:
    for _ in range(4):
        a_dead_letter(queue)
    with receive_dead_letters(shop, queue) as messages:
        chosen = messages[2]

    (result,) = redrive(shop, queue, RedrivePlan(frozenset([chosen.message_id]), rate=1_000), BO)
    assert result.message.event_id == chosen.event_id

    assert len(redrive(shop, queue, RedrivePlan(limit=2, rate=1_000), BO)) == 2
    assert len(bodies_in(shop, queue)) == 1


def test_discard_is_recorded_with_its_reason(shop: DeployedStack, queue: DeadLetterQueue) -> None:
    a_dead_letter(queue)
    with receive_dead_letters(shop, queue) as (message,):
        message_id = message.message_id

    assert discard(shop, queue, message_id, Operator("bo", "a test"))
    assert not discard(shop, queue, message_id, Operator("bo", "a test"))

    entry = newest_entry(shop)
    assert (entry.action, entry.reason) == ("discarded", "a test")
    assert bodies_in(shop, queue) == []


@pytest.mark.parametrize("worker", [analytics, inventory])
def test_redrive_outcome(shop: DeployedStack, queue: DeadLetterQueue, worker: ModuleType) -> None:
    event = first_event_of(an_order())
    name = worker.__name__.removeprefix("workers.")
    of_worker = DeadLetterQueue(name, queue.url, "queue", queue.target)
    a_dead_letter(queue, write_event(event))
    redrive(shop, of_worker, FAST, BO)
    entry = newest_entry(shop)

    assert redrive_outcome(shop, entry, {(name, event.event_id)}) == "failed again"
    assert redrive_outcome(shop, entry, set()) == "in progress"
    worker.handler(a_batch(event), LambdaContextStub())
    assert redrive_outcome(shop, entry, set()) == "processed"


def test_redriven_event_is_not_processed_before_the_ledger_has_all_of_its_entries(
    shop: DeployedStack, queue: DeadLetterQueue
) -> None:
    order = place_order(a_request(), a_cart(a_product(), a_product()), now=NOON)
    event = first_event_of(order)
    a_dead_letter(queue, write_event(event))
    redrive(shop, DeadLetterQueue("inventory", queue.url, "queue", queue.target), FAST, BO)
    entry = newest_entry(shop)

    write_ledger([(order.lines[0].sku, -1)], "reserved", order.order_id, event.occurred_at)

    assert redrive_outcome(shop, entry, set()) == "in progress"


def test_redriven_event_that_an_earlier_version_processed_has_a_marker(
    shop: DeployedStack, queue: DeadLetterQueue
) -> None:
    event = first_event_of(an_order())
    a_dead_letter(queue, write_event(event))
    redrive(shop, DeadLetterQueue("inventory", queue.url, "queue", queue.target), FAST, BO)

    ProcessedEvent(event.order_id, f"processed#inventory#{event.event_id}").save()

    assert redrive_outcome(shop, newest_entry(shop), set()) == "processed"


def test_error_about_an_unknown_queue_names_the_known_ones(shop: DeployedStack) -> None:
    with pytest.raises(UserError, match=r"queue 'gremlins'. Choose from analytics, email"):
        find_dead_letter_queue(shop, "gremlins")


def test_every_dead_letter_queue_of_the_template_can_be_redriven() -> None:
    template = read_template(ROOT / "infra/template.yaml")["Resources"]
    types = {"AWS::Serverless::Function": "AWS::Lambda::Function"}

    class TemplateStack(DeployedStack):
        def resources(self, resource_type: str) -> dict[str, str]:
            return {
                name: name
                for name, resource in template.items()
                if types.get(resource["Type"], resource["Type"]) == resource_type
            }

    queues = dead_letter_queues(TemplateStack(lambda _: None, "any"))

    assert {it.target for it in queues} <= set(template)
    assert {queue.name: (queue.target_kind, queue.target) for queue in queues} == {
        "analytics": ("queue", "AnalyticsQueue"),
        "email": ("queue", "EmailQueue"),
        "fulfillment": ("queue", "FulfillmentQueue"),
        "import": ("function", "ImportWorkerFunction"),
        "inventory": ("queue", "InventoryQueue"),
        "publish": ("outbox_poller", "OutboxPollerFunction"),
        "failed-executions": ("queue", "FailedExecutionsQueue"),
        "thumbnail": ("function", "ThumbnailWorkerFunction"),
    }


@pytest.fixture
def visitor(shop: DeployedStack, tables: LocalCloud) -> Visitor:
    return Visitor(Starlette(routes=dead_letter_pages(tables)))


def test_page_shows_each_message_with_its_order(
    visitor: Visitor, shop: DeployedStack, queue: DeadLetterQueue
) -> None:
    event = json.loads(a_dead_letter(queue))

    page = visitor.get("/console/dead-letters").text

    assert f'href="/console/orders/{event["order_id"]}"' in page
    assert "Busy, after 5 attempts" in page
    assert "5 attempts" in page


def test_page_redrives_one_message(
    visitor: Visitor, shop: DeployedStack, queue: DeadLetterQueue
) -> None:
    for _ in range(2):
        a_dead_letter(queue)
    with receive_dead_letters(shop, queue) as messages:
        one = messages[0].message_id

    response = visitor.post("/console/dead-letters/email", data={"action": "redrive", "id": one})

    assert response.status_code == 303
    assert len(bodies_in(shop, queue)) == 1
    assert "sent to the email queue" in visitor.get(response.headers["location"]).text


def test_page_shows_the_result_of_a_dry_run(
    visitor: Visitor, shop: DeployedStack, queue: DeadLetterQueue
) -> None:
    a_dead_letter(queue)
    a_dead_letter(queue, "poison")

    page = visitor.post("/console/dead-letters/email", data={"action": "dry-run"}).text

    assert "1 would go to the email queue, 1 stay." in page
    assert "Stays: no worker can read it" in page
    assert len(bodies_in(shop, queue)) == 2


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_discard_needs_a_reason(
    visitor: Visitor, shop: DeployedStack, queue: DeadLetterQueue, reason: str
) -> None:
    a_dead_letter(queue)
    with receive_dead_letters(shop, queue) as (message,):
        form = {"action": "discard", "id": message.message_id, "reason": reason}

    response = visitor.post("/console/dead-letters/email", data=form)

    assert response.status_code == 422
    assert len(bodies_in(shop, queue)) == 1


def test_page_discards_a_message_and_shows_the_reason(
    visitor: Visitor, shop: DeployedStack, queue: DeadLetterQueue
) -> None:
    a_dead_letter(queue, "poison")
    with receive_dead_letters(shop, queue) as (message,):
        form = {"action": "discard", "id": message.message_id, "reason": "was <b>only</b> a test"}

    visitor.post("/console/dead-letters/email", data=form)

    page = visitor.get("/console/dead-letters").text
    assert "was &lt;b&gt;only&lt;/b&gt; a test" in page
    assert "discarded" in page


def test_cross_site_requests_and_unknown_queues_are_rejected(visitor: Visitor) -> None:
    cross_site = {"Sec-Fetch-Site": "cross-site"}

    assert visitor.post("/console/dead-letters/email", headers=cross_site).status_code == 403
    assert visitor.post("/console/dead-letters/gremlins").status_code == 404


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (7_200, "2 h"),
        (90_000, "25 h"),
        (172_800, "2 days"),
    ],
)
def test_age_is_shown_in_the_largest_unit_that_fits(seconds: int, expected: str) -> None:
    now = datetime.now(UTC)

    assert format_age(now, now - timedelta(seconds=seconds)) == expected


def test_redrive_takes_one_named_queue_or_all(shop: DeployedStack) -> None:
    everything = choose_queues(shop, "", all_queues=True)

    assert [it.name for it in everything] == [it.name for it in dead_letter_queues(shop)]
    assert [it.name for it in choose_queues(shop, "email", all_queues=False)] == ["email"]
    for name, all_queues in (("", False), ("email", True)):
        with pytest.raises(UserError, match="--all"):
            choose_queues(shop, name, all_queues=all_queues)
