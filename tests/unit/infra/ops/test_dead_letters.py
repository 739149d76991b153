"""Dead letters: read with their reason, sent back once, discarded with a reason, never lost."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.applications import Starlette

from app.aws.sqs import send_to_dlq
from app.orders.events import write_event
from app.persistence.idempotency import process_once
from infra.build.bundles import ROOT
from infra.local.cloud import LocalCloud
from infra.local.console.dead_letters import age, dead_letter_pages
from infra.local.packaging import read
from infra.ops.dead_letters.audit_trail import Entry, Person, entries
from infra.ops.dead_letters.messages import DIED, in_hand
from infra.ops.dead_letters.outcomes import outcome
from infra.ops.dead_letters.queues import DeadLetterQueue, find_dead_letter_queue, dead_letter_queues
from infra.ops.dead_letters.redrive import Plan, discard, redrive
from infra.ops.deployed_stack import Deployed
from infra.user_error import Trouble
from tests.builders import an_order
from tests.fake_clouds import override_settings
from tests.unit.infra.visitor import Visitor
from tests.unit.workers.queue_readers import taken_from, the_first_event

BO = Person("bo", "the provider is up again")
AT_ONCE = Plan(rate=1_000)


@pytest.fixture
def shop(tables: LocalCloud) -> Deployed:
    for queue in ("email", "email-dead-letters", "inventory-dead-letters"):
        taken_from(tables, queue)
    return Deployed.on(tables)


@pytest.fixture
def queue(shop: Deployed) -> DeadLetterQueue:
    url = shop.resources("AWS::SQS::Queue")
    return DeadLetterQueue("email", url["EmailDeadLetterQueue"], "queue", url["EmailQueue"])


def a_dead_letter(queue: DeadLetterQueue, body: str = "", reason: str = "Busy, after 5 tries") -> str:
    """The body of a letter that a worker has put aside."""
    text = body or write_event(the_first_event(an_order()))
    with override_settings(dead_letter_queue_url=queue.url):
        send_to_dlq(text, reason, {"type": {"stringValue": "order_placed", "dataType": "String"}})
    return text


def lying(shop: Deployed, queue: DeadLetterQueue) -> list[str]:
    with in_hand(shop, queue) as letters:
        return sorted(it.body for it in letters)


def newest(shop: Deployed) -> Entry:
    return entries(shop, now=datetime.now(UTC))[0]


def test_a_letter_tells_its_order_its_reason_and_its_tries(
    shop: Deployed, queue: DeadLetterQueue
) -> None:
    event = the_first_event(an_order())
    a_dead_letter(queue, write_event(event))

    with in_hand(shop, queue) as (letter,):
        assert (letter.order_id, letter.event_id) == (event.order_id, event.event_id)
        assert (letter.about, letter.reason) == ("order_placed", "Busy, after 5 tries")
        assert letter.tries == 5
        assert datetime.now(UTC) - letter.sent_at < timedelta(minutes=5)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({}, DIED),
        ({"requestContext": {"condition": "RetryAttemptsExhausted"}}, "RetryAttemptsExhausted"),
        ({"responsePayload": {"errorMessage": "Refused", "errorType": "E"}}, "Refused"),
    ],
)
def test_what_sqs_and_lambda_put_aside_has_the_reason_they_give(
    shop: Deployed, queue: DeadLetterQueue, content: dict[str, Any], reason: str
) -> None:
    shop.client("sqs").send_message(QueueUrl=queue.url, MessageBody=json.dumps(content))

    with in_hand(shop, queue) as (letter,):
        assert letter.reason == reason


def test_looking_takes_nothing_away(shop: Deployed, queue: DeadLetterQueue) -> None:
    bodies = sorted(a_dead_letter(queue) for _ in range(12))

    assert lying(shop, queue) == bodies
    assert lying(shop, queue) == bodies


def test_sent_back_it_lies_in_its_queue_as_it_was_and_is_noted(
    shop: Deployed, queue: DeadLetterQueue, tables: LocalCloud
) -> None:
    body = a_dead_letter(queue)

    (done,) = redrive(shop, queue, AT_ONCE, BO)

    assert done.sent
    assert lying(shop, queue) == []
    (message,) = taken_from(tables, "email")
    assert message["Body"] == body
    assert list(message["MessageAttributes"]) == ["type"]
    entry = newest(shop)
    assert (entry.act, entry.queue, entry.by, entry.why) == (
        "sent back",
        "email",
        "bo",
        "the provider is up again",
    )
    assert entry.event_id == json.loads(body)["event_id"]


def test_a_second_time_there_is_nothing_to_send(shop: Deployed, queue: DeadLetterQueue) -> None:
    a_dead_letter(queue)

    assert len(redrive(shop, queue, AT_ONCE, BO)) == 1
    assert redrive(shop, queue, AT_ONCE, BO) == []


def test_a_dry_run_changes_nothing(shop: Deployed, queue: DeadLetterQueue, tables: LocalCloud) -> None:
    body = a_dead_letter(queue)

    (done,) = redrive(shop, queue, Plan(dry=True), BO)

    assert done.said == "would go to the email queue"
    assert taken_from(tables, "email") == []
    assert lying(shop, queue) == [body]


def test_what_no_worker_can_read_stays(shop: Deployed, queue: DeadLetterQueue) -> None:
    poison = a_dead_letter(queue, '{"type": "order_teleported"}')
    a_dead_letter(queue)

    done = redrive(shop, queue, AT_ONCE, BO)

    assert sorted(it.sent for it in done) == [False, True]
    assert lying(shop, queue) == [poison]


def test_no_more_than_wanted_and_only_the_chosen_are_sent(shop: Deployed, queue: DeadLetterQueue) -> None:
    for _ in range(4):
        a_dead_letter(queue)
    with in_hand(shop, queue) as letters:
        chosen = letters[2]

    (done,) = redrive(shop, queue, Plan(frozenset([chosen.message_id]), rate=1_000), BO)
    assert done.letter.event_id == chosen.event_id

    assert len(redrive(shop, queue, Plan(most=2, rate=1_000), BO)) == 2
    assert len(lying(shop, queue)) == 1


def test_discarding_is_noted_with_its_reason(shop: Deployed, queue: DeadLetterQueue) -> None:
    a_dead_letter(queue)
    with in_hand(shop, queue) as (letter,):
        message_id = letter.message_id

    assert discard(shop, queue, message_id, Person("bo", "a test"))
    assert not discard(shop, queue, message_id, Person("bo", "a test"))

    entry = newest(shop)
    assert (entry.act, entry.why) == ("discarded", "a test")
    assert lying(shop, queue) == []


def test_what_became_of_it_is_looked_up(shop: Deployed, queue: DeadLetterQueue) -> None:
    event = the_first_event(an_order())
    inventory = DeadLetterQueue("inventory", queue.url, "queue", queue.target)
    a_dead_letter(queue, write_event(event))
    redrive(shop, inventory, AT_ONCE, BO)
    entry = newest(shop)

    assert outcome(shop, entry, {("inventory", event.event_id)}) == "came back"
    assert outcome(shop, entry, set()) == "on its way"
    process_once("inventory", event.event_id, event.order_id, lambda _: None, now=event.occurred_at)
    assert outcome(shop, entry, set()) == "handled"


def test_an_unknown_queue_is_answered_with_those_there_are(shop: Deployed) -> None:
    with pytest.raises(Trouble, match=r"called 'gremlins'. There are: analytics, email"):
        find_dead_letter_queue(shop, "gremlins")


def test_every_dead_letter_queue_of_the_template_has_a_way_back() -> None:
    template = read(ROOT / "infra/template.yaml")["Resources"]
    kinds = {"AWS::Serverless::Function": "AWS::Lambda::Function"}

    class OfTheTemplate(Deployed):
        def resources(self, kind: str) -> dict[str, str]:
            return {n: n for n, it in template.items() if kinds.get(it["Type"], it["Type"]) == kind}

    found = dead_letter_queues(OfTheTemplate(lambda _: None, "any"))

    assert {it.target for it in found} <= set(template)
    assert {queue.name: (queue.target_kind, queue.target) for queue in found} == {
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
def visitor(shop: Deployed, tables: LocalCloud) -> Visitor:
    return Visitor(Starlette(routes=dead_letter_pages(tables)))


def test_the_page_shows_each_letter_with_its_order(
    visitor: Visitor, shop: Deployed, queue: DeadLetterQueue
) -> None:
    event = json.loads(a_dead_letter(queue))

    page = visitor.get("/console/dead-letters").text

    assert f'href="/admin/orders/{event["order_id"]}"' in page
    assert "Busy, after 5 tries" in page
    assert "tried 5 times" in page


def test_the_page_sends_back_one_and_says_so(
    visitor: Visitor, shop: Deployed, queue: DeadLetterQueue
) -> None:
    for _ in range(2):
        a_dead_letter(queue)
    with in_hand(shop, queue) as letters:
        one = letters[0].message_id

    answer = visitor.post("/console/dead-letters/email", data={"to": "send", "letter": one})

    assert answer.status_code == 303
    assert len(lying(shop, queue)) == 1
    assert "went to the email queue" in visitor.get(answer.headers["location"]).text


def test_the_page_first_tells_what_would_happen(
    visitor: Visitor, shop: Deployed, queue: DeadLetterQueue
) -> None:
    a_dead_letter(queue)
    a_dead_letter(queue, "poison")

    page = visitor.post("/console/dead-letters/email", data={"to": "try"}).text

    assert "1 would go to the email queue, 1 stay." in page
    assert "Stays: no worker can read it" in page
    assert len(lying(shop, queue)) == 2


@pytest.mark.parametrize("why", ["", "   ", "x" * 201])
def test_nothing_is_discarded_without_a_reason(
    visitor: Visitor, shop: Deployed, queue: DeadLetterQueue, why: str
) -> None:
    a_dead_letter(queue)
    with in_hand(shop, queue) as (letter,):
        form = {"to": "discard", "letter": letter.message_id, "why": why}

    answer = visitor.post("/console/dead-letters/email", data=form)

    assert answer.status_code == 422
    assert len(lying(shop, queue)) == 1


def test_the_page_discards_with_a_reason_and_tells_it(
    visitor: Visitor, shop: Deployed, queue: DeadLetterQueue
) -> None:
    a_dead_letter(queue, "poison")
    with in_hand(shop, queue) as (letter,):
        form = {"to": "discard", "letter": letter.message_id, "why": "was <b>only</b> a test"}

    visitor.post("/console/dead-letters/email", data=form)

    page = visitor.get("/console/dead-letters").text
    assert "was &lt;b&gt;only&lt;/b&gt; a test" in page
    assert "gone for good" in page


def test_strangers_and_unknown_queues_are_turned_away(visitor: Visitor) -> None:
    from_afar = {"Sec-Fetch-Site": "cross-site"}

    assert visitor.post("/console/dead-letters/email", headers=from_afar).status_code == 403
    assert visitor.post("/console/dead-letters/gremlins").status_code == 404


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (7_200, "2 h"),
        (90_000, "25 h"),
        (172_800, "2 days"),
    ],
)
def test_an_age_is_told_in_the_largest_unit_that_fits(seconds: int, words: str) -> None:
    now = datetime.now(UTC)

    assert age(now, now - timedelta(seconds=seconds)) == words
