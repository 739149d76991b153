"""The console's queues: depths, consumers that can be paused, and messages without removal."""

import re
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette

from infra.local.cloud import LocalCloud
from infra.local.console.pages import console_routes
from infra.local.console.queue_depths import QUEUE, SAMPLES, DepthHistory, QueueDepth
from infra.local.console.queue_pages import QueuePages
from infra.local.queue_snapshot import MAX_MESSAGES, PATH
from infra.ops.dead_letters.messages import UNKNOWN_REASON
from infra.ops.deployed_stack import DeployedStack
from tests.unit.infra.functions import a_function
from tests.unit.infra.visitor import Visitor

ORDER = "01J0000000000000000000QUEU"
CONSUMER = "def handler(event, context): pass"
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def visitor(tables: LocalCloud) -> Visitor:
    return Visitor(Starlette(routes=console_routes(tables)))


@pytest.fixture
def queue_url(tables: LocalCloud) -> Iterator[str]:
    sqs = tables.client("sqs")
    url: str = sqs.get_queue_url(QueueName="hearth-and-clay-analytics")["QueueUrl"]
    yield url
    sqs.purge_queue(QueueUrl=url)


@pytest.fixture
def mapping(tables: LocalCloud) -> Iterator[str]:
    functions, function = tables.client("lambda"), a_function(tables, CONSUMER)
    arn = "arn:aws:sqs:eu-central-1:000000000000:hearth-and-clay-analytics"
    made = functions.create_event_source_mapping(
        EventSourceArn=arn, FunctionName=function, Enabled=False
    )
    yield made["UUID"]
    functions.delete_event_source_mapping(UUID=made["UUID"])
    functions.delete_function(FunctionName=function)


@pytest.fixture
def dead_url(tables: LocalCloud) -> Iterator[str]:
    sqs = tables.client("sqs")
    url: str = sqs.get_queue_url(QueueName="hearth-and-clay-analytics-dead-letters")["QueueUrl"]
    yield url
    sqs.purge_queue(QueueUrl=url)


def row_of(page: str, queue: str) -> str:
    return page.split(f'<tr id="{queue}">')[1].split("</tr>", maxsplit=1)[0]


@pytest.mark.parametrize(
    "pane", ["/console/faults", "/console/tour", "/console/queues", "/console"]
)
def test_navigation_marks_the_current_pane(visitor: Visitor, pane: str) -> None:
    page = visitor.get(pane).text

    assert re.findall(r'<a href="([^"]+)" aria-current="page">', page) == [pane]


def test_peek_escapes_messages_links_the_order_and_keeps_them(
    tables: LocalCloud, visitor: Visitor, queue_url: str
) -> None:
    body = f'{{"order_id": "{ORDER}", "note": "<script>alert(1)</script>"}}'
    tables.client("sqs").send_message(QueueUrl=queue_url, MessageBody=body)

    first, second = (visitor.get("/console/queues/AnalyticsQueue").text for _ in range(2))

    assert f'<a href="/console/orders/{ORDER}">' in first
    assert "<script>alert" not in first
    assert "&lt;script&gt;alert" in second


def test_peek_is_no_receive_and_shows_what_is_in_flight(
    tables: LocalCloud, visitor: Visitor, queue_url: str
) -> None:
    sqs = tables.client("sqs")
    sqs.send_message(QueueUrl=queue_url, MessageBody="{}")
    sqs.send_message(QueueUrl=queue_url, MessageBody="{}", DelaySeconds=60)
    before = visitor.get("/console/queues/AnalyticsQueue").text

    received = sqs.receive_message(QueueUrl=queue_url, AttributeNames=["All"])["Messages"]
    after = visitor.get("/console/queues/AnalyticsQueue").text

    assert "Waiting · " in before
    assert before.count("received 0 times") == 2
    assert "Delayed for " in before
    assert [it["Attributes"]["ApproximateReceiveCount"] for it in received] == ["1"]
    assert "In flight for " in after
    assert "received 1 time" in after


def cells(row: str) -> dict[str, str]:
    """The figures of a row, by the label that a phone shows beside each."""
    return dict(re.findall(r'<td data-label="([^"]+)">(\d+)</td>', row))


def test_list_has_depth_oldest_attempts_and_state_of_the_consumer(
    tables: LocalCloud, visitor: Visitor, queue_url: str, mapping: str
) -> None:
    sqs = tables.client("sqs")
    sqs.send_message(QueueUrl=queue_url, MessageBody="{}")
    waiting = row_of(visitor.get("/console/queues").text, "AnalyticsQueue")
    sqs.receive_message(QueueUrl=queue_url)

    page = visitor.get("/console/queues").text
    row = row_of(page, "AnalyticsQueue")

    assert cells(waiting) == {"Waiting": "1", "In flight": "0", "Delayed": "0"}
    assert cells(row) == {"Waiting": "0", "In flight": "1", "Delayed": "0", "Most attempts": "1"}
    assert re.search(r"<time datetime=\S+>\d s</time>", row)
    assert ", paused" in row
    assert ">Resume</button>" in row
    assert '<tr id="AnalyticsDeadLetterQueue">' in page.split("Dead-letter queues</h2>")[1]


def test_dead_letter_queue_shows_the_reason_and_redrives_one_or_all(
    tables: LocalCloud, visitor: Visitor, dead_url: str
) -> None:
    reason = {"reason": {"DataType": "String", "StringValue": "<b>unreadable</b>"}}
    sent = tables.client("sqs").send_message(
        QueueUrl=dead_url, MessageBody="{}", MessageAttributes=reason
    )

    row = row_of(visitor.get("/console/queues").text, "AnalyticsDeadLetterQueue")
    page = visitor.get("/console/queues/AnalyticsDeadLetterQueue").text

    for text in (row, page):
        assert "&lt;b&gt;unreadable&lt;/b&gt;" in text
        assert 'action="/console/dead-letters/analytics"' in text
    assert 'href="/console/dead-letters#analytics"' in row
    assert f'name="id" value="{sent["MessageId"]}"' in page


def test_purge_needs_the_name_of_the_queue(
    tables: LocalCloud, visitor: Visitor, queue_url: str
) -> None:
    path = "/console/queues/AnalyticsQueue/purge"
    tables.client("sqs").send_message(QueueUrl=queue_url, MessageBody="kept")

    for form in ({}, {"confirm": "EmailQueue"}):
        refused = visitor.post(path, data=form, headers=OWN)
        assert refused.status_code == 422
        assert "Enter AnalyticsQueue to confirm the purge." in refused.text
        assert "<pre>kept</pre>" in refused.text


def test_purge_empties_the_queue_and_may_be_repeated(
    tables: LocalCloud, visitor: Visitor, queue_url: str
) -> None:
    path = "/console/queues/AnalyticsQueue/purge"
    tables.client("sqs").send_message(QueueUrl=queue_url, MessageBody="gone")

    answers = [
        visitor.post(path, data={"confirm": "AnalyticsQueue"}, headers=OWN) for _ in range(2)
    ]

    assert {it.headers["location"] for it in answers} == {"/console/queues?purged#AnalyticsQueue"}
    assert "This queue is empty." in visitor.get("/console/queues/AnalyticsQueue").text
    assert "The queue was purged." in visitor.get("/console/queues?purged").text


def test_long_queue_is_cut(tables: LocalCloud, visitor: Visitor, queue_url: str) -> None:
    sqs = tables.client("sqs")
    for first in range(0, MAX_MESSAGES + 10, 10):
        entries = [{"Id": str(it), "MessageBody": str(first + it)} for it in range(10)]
        sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)

    page = visitor.get("/console/queues/AnalyticsQueue").text

    assert page.count("<pre>") == MAX_MESSAGES
    assert "<pre>0</pre>" in page  # the oldest


def test_history_of_depths_is_bounded_and_ends_with_the_newest() -> None:
    history = DepthHistory()
    for waiting in range(SAMPLES + 5):
        history.add({"EmailQueue": QueueDepth(waiting, 0)})

    points = history.points("EmailQueue").split()

    assert len(points) == SAMPLES
    assert points[-1] == "59,1.0"
    assert history.points("unknown") == ""


def test_consumer_is_resumed_and_paused(tables: LocalCloud, visitor: Visitor, mapping: str) -> None:
    path, functions = "/console/queues/AnalyticsQueue/consumer", tables.client("lambda")

    states = []
    for state in ("enabled", "paused"):
        assert visitor.post(path, data={"state": state}, headers=OWN).status_code == 303
        states.append(functions.get_event_source_mapping(UUID=mapping)["State"])

    assert states == ["Enabled", "Disabled"]


def test_other_site_cannot_pause_a_consumer_or_purge(visitor: Visitor) -> None:
    path = "/console/queues/AnalyticsQueue/consumer"

    for form in (path, "/console/queues/AnalyticsQueue/purge"):
        cross_site = visitor.post(form, headers={"Sec-Fetch-Site": "cross-site"})
        assert cross_site.status_code == 403


def test_unknown_queue_and_state_are_refused(visitor: Visitor, mapping: str) -> None:
    path = "/console/queues/AnalyticsQueue/consumer"

    assert visitor.get("/console/queues/NoQueue").status_code == 404
    assert visitor.post("/console/queues/NoQueue/consumer", headers=OWN).status_code == 404
    assert visitor.post("/console/queues/NoQueue/purge", headers=OWN).status_code == 404
    assert visitor.post(path, data={"state": "x"}, headers=OWN).status_code == 404


def test_page_before_the_first_deployment_says_so(cloud: LocalCloud) -> None:
    visitor = Visitor(Starlette(routes=console_routes(cloud)))

    page = visitor.get("/console/queues")

    assert page.status_code == 503
    assert "The shop is still starting" in page.text
    assert visitor.get("/console/queues/EmailQueue").status_code == 404


def test_consumer_that_has_just_gone_answers_503(
    visitor: Visitor, queue_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QueuePages, "_consumers", lambda _: {"AnalyticsQueue": {"UUID": "gone"}})
    pause = "/console/queues/AnalyticsQueue/consumer"

    assert visitor.post(pause, data={"state": "paused"}, headers=OWN).status_code == 503


def test_snapshot_of_queues_is_for_operators_only(tables: LocalCloud) -> None:
    assert httpx.get(f"{tables.url}{PATH}").status_code == 403
    assert "hearth-and-clay-analytics" in tables.get(PATH).json()


def test_live_list_of_queues_reads_addresses_once_and_reasons_with_the_depths(
    tables: LocalCloud, visitor: Visitor, dead_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables.client("sqs").send_message(QueueUrl=dead_url, MessageBody="{}")
    calls, get = Counter[str](), tables.get
    tables.client("cloudformation").meta.events.register(
        "after-call.cloudformation", lambda model, **_: calls.update([model.name])
    )
    monkeypatch.setattr(tables, "get", lambda path: calls.update([path.split("?")[0]]) or get(path))
    visitor.get("/console/queues")
    of_first_view = calls.copy()

    page = visitor.get("/console/queues").text

    assert of_first_view["ListStackResources"] > 0
    assert calls["ListStackResources"] == of_first_view["ListStackResources"]
    assert calls[PATH] == 2
    assert f'<span class="error">{UNKNOWN_REASON}' in row_of(page, "AnalyticsDeadLetterQueue")


def test_reason_is_shown_of_a_dead_letter_queue_that_cloudformation_named(
    tables: LocalCloud, visitor: Visitor
) -> None:
    queue, sqs = "ThumbnailDeadLetterQueue", tables.client("sqs")
    url = DeployedStack.on_local_cloud(tables).resources(QUEUE)[queue]
    sqs.send_message(QueueUrl=url, MessageBody='{"responsePayload": {"errorMessage": "no image"}}')

    page = visitor.get("/console/queues").text

    sqs.purge_queue(QueueUrl=url)
    assert '<span class="error">no image</span>' in row_of(page, queue)
