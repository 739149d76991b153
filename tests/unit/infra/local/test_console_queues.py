"""The console's queues: depths, consumers that can be paused, and messages without removal."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette

from infra.local.cloud import LocalCloud
from infra.local.console.pages import console_routes
from infra.local.console.queue_pages import QueuePages
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


def test_peek_escapes_messages_links_the_order_and_keeps_them(
    tables: LocalCloud, visitor: Visitor, queue_url: str
) -> None:
    body = f'{{"order_id": "{ORDER}", "note": "<script>alert(1)</script>"}}'
    tables.client("sqs").send_message(QueueUrl=queue_url, MessageBody=body)

    first, second = (visitor.get("/console/queues/AnalyticsQueue").text for _ in range(2))

    assert f'<a href="/console/orders/{ORDER}">' in first
    assert "<script>alert" not in first
    assert "&lt;script&gt;alert" in second
    assert "Received 2 times" in second


def test_list_has_depth_and_state_of_the_consumer(
    tables: LocalCloud, visitor: Visitor, queue_url: str, mapping: str
) -> None:
    tables.client("sqs").send_message(QueueUrl=queue_url, MessageBody="{}")

    page = visitor.get("/console/queues").text
    row = page.split('<tr id="AnalyticsQueue">')[1].split("</tr>")[0]

    assert "<td>1</td><td>0</td>" in row
    assert ", paused" in row
    assert ">Resume</button>" in row
    assert 'href="/console/dead-letters#analytics"' in row
    assert 'href="/console/dead-letters#failed-executions"' in page
    assert '<tr id="AnalyticsDeadLetterQueue">' not in page


def test_consumer_is_resumed_and_paused(tables: LocalCloud, visitor: Visitor, mapping: str) -> None:
    path, functions = "/console/queues/AnalyticsQueue/consumer", tables.client("lambda")

    states = []
    for state in ("enabled", "paused"):
        assert visitor.post(path, data={"state": state}, headers=OWN).status_code == 303
        states.append(functions.get_event_source_mapping(UUID=mapping)["State"])

    assert states == ["Enabled", "Disabled"]


def test_other_site_cannot_pause_a_consumer(visitor: Visitor) -> None:
    path = "/console/queues/AnalyticsQueue/consumer"

    cross_site = visitor.post(path, headers={"Sec-Fetch-Site": "cross-site"})

    assert cross_site.status_code == 403


def test_unknown_queue_and_state_are_refused(visitor: Visitor, mapping: str) -> None:
    path = "/console/queues/AnalyticsQueue/consumer"

    assert visitor.get("/console/queues/NoQueue").status_code == 404
    assert visitor.post("/console/queues/NoQueue/consumer", headers=OWN).status_code == 404
    assert visitor.post(path, data={"state": "x"}, headers=OWN).status_code == 404


def test_page_before_the_first_deployment_says_so(cloud: LocalCloud) -> None:
    visitor = Visitor(Starlette(routes=console_routes(cloud)))

    page = visitor.get("/console/queues")

    assert page.status_code == 503
    assert "The shop is still starting" in page.text
    assert visitor.get("/console/queues/EmailQueue").status_code == 404


def test_queue_and_consumer_that_have_just_gone_answer_503(
    visitor: Visitor, queue_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QueuePages, "_url", lambda *_: f"{queue_url}-gone")
    gone = {"AnalyticsQueue": {"UUID": "gone"}}
    monkeypatch.setattr(QueuePages, "_consumers", lambda _: gone)
    pause = "/console/queues/AnalyticsQueue/consumer"

    assert visitor.get("/console/queues/AnalyticsQueue").status_code == 503
    assert visitor.post(pause, data={"state": "paused"}, headers=OWN).status_code == 503
