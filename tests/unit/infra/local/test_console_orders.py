"""The console's list of orders and the trace of one order."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from app.observability.trace_context import root_span
from app.orders.models import Order
from infra.local.cloud import LocalCloud
from infra.local.console.executions import Execution, visits
from infra.local.console.order_lines import order_lines
from infra.local.console.order_rows import PAGE_SIZE, latest_orders
from infra.local.console.pages import console_routes
from infra.local.console.sources import find_source
from infra.local.console.state_bars import state_bars
from infra.local.console.time_axis import TimeAxis
from infra.ops.deployed_stack import DeployedStack
from tests.builders import an_order
from tests.unit.infra.visitor import Visitor

ORDERS = "hearth-and-clay-orders"


@pytest.fixture
def visitor(tables: LocalCloud) -> Visitor:
    return Visitor(Starlette(routes=console_routes(tables)))


def a_span(order: Order, name: str, parent: str, **details: Any) -> dict[str, Any]:
    start = int(order.placed_at.timestamp() * 1e9)
    return {
        "trace_id": root_span(order.order_id).trace_id,
        "span_id": details.pop("span_id", f"{abs(hash(name)):016x}"[:16]),
        "parent_span_id": parent,
        "name": name,
        "kind": "CONSUMER",
        "start_time_unix_nano": start,
        "end_time_unix_nano": start + 5_000_000,
        "status": details.pop("status", {"code": "OK"}),
        "attributes": details,
    }


def write_logs(cloud: LocalCloud, order: Order, *records: dict[str, Any]) -> None:
    logs = cloud.client("logs")
    groups = DeployedStack.on_local_cloud(cloud).resources("AWS::Logs::LogGroup").values()
    group = next(name for name in groups if name.startswith("/aws/lambda/"))
    stream = f"test-{order.order_id}"
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    at = int(order.placed_at.timestamp() * 1000)
    lines = [json.dumps({"correlation_id": order.order_id, **record}) for record in records]
    logs.put_log_events(
        logGroupName=group,
        logStreamName=stream,
        logEvents=[{"timestamp": at, "message": line} for line in lines],
    )


def test_latest_orders_are_listed_newest_first_in_pages(tables: LocalCloud) -> None:
    placed = {an_order().order_id for _ in range(PAGE_SIZE + 2)}
    stack = DeployedStack.on_local_cloud(tables)

    listed: list[str] = []
    before, pages = "", 0
    while not pages or before:
        page = latest_orders(tables, stack, before=before)
        assert len(page.orders) <= PAGE_SIZE
        listed += [row["order_id"] for row in page.orders]
        before, pages = page.before, pages + 1

    assert pages >= 2
    assert placed <= set(listed)
    assert len(listed) == len(set(listed))


@pytest.fixture
def ten_thousand_orders(tables: LocalCloud) -> Iterator[list[str]]:
    """The keys of 10,000 orders, oldest first."""
    client = tables.client("dynamodb")
    ids = [f"01J{number:023d}" for number in range(10_000)]
    keys = [{"order_id": {"S": it}, "part": {"S": "order"}} for it in ids]
    for batch in batched(keys, 25):
        puts = [{"PutRequest": {"Item": key}} for key in batch]
        client.batch_write_item(RequestItems={ORDERS: puts})
    yield ids
    for batch in batched(keys, 25):
        deletes = [{"DeleteRequest": {"Key": key}} for key in batch]
        client.batch_write_item(RequestItems={ORDERS: deletes})


def watch_requests(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> list[httpx.Response]:
    """The emulator's answers to requests of its own paths from now on."""
    answers: list[httpx.Response] = []
    get = cloud.get

    def watched(path: str) -> httpx.Response:
        answers.append(get(path))
        return answers[-1]

    monkeypatch.setattr(cloud, "get", watched)
    return answers


def test_page_of_ten_thousand_orders_reads_the_rows_of_25(
    tables: LocalCloud, ten_thousand_orders: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stack, calls = DeployedStack.on_local_cloud(tables), Counter[str]()
    stack.client("dynamodb").meta.events.register(
        "after-call.dynamodb", lambda model, **_: calls.update([model.name])
    )
    answers = watch_requests(tables, monkeypatch)

    page = latest_orders(tables, stack, before="01J" + "0" * 18 + "99999")
    older = latest_orders(tables, stack, before=page.before)

    listed = [row["order_id"] for row in (*page.orders, *older.orders)]
    assert listed == ten_thousand_orders[: -2 * PAGE_SIZE - 1 : -1]
    assert calls == {"BatchGetItem": 2}
    assert max(len(it.content) for it in answers) < 1_000  # bytes: no keys but those of the page


def test_lines_of_an_order_are_one_request_and_those_of_no_other_order(
    tables: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, other = an_order(), an_order()
    write_logs(tables, other, {"message": "of another order"})
    write_logs(tables, order, {"message": "first"}, {"message": "second"})
    answers = watch_requests(tables, monkeypatch)

    lines = order_lines(tables, order.order_id)
    later = order_lines(tables, order.order_id, order.placed_at + timedelta(seconds=1))

    assert [json.loads(line.message)["message"] for line in lines] == ["first", "second"]
    assert later == []
    assert len(answers) == 2


def test_order_is_found_by_its_number_short_or_long(visitor: Visitor) -> None:
    order = an_order()
    page = f"/console/orders/{order.order_id}"
    day, first, second = order.number.removeprefix("HC-").split("-")

    for number in (
        order.number.lower(),
        f"HC-{day}-{first}",
        f"HC-{first}",
        f"HC-{first}-{second}",
    ):
        found = visitor.get("/console/orders", params={"id": number})
        assert found.headers["location"] == page
    unknown = visitor.get("/console/orders", params={"id": "HC-00000"}).headers["location"]

    assert "There is no order HC-00000. Enter an id" in visitor.get(unknown).text


def test_trace_shows_spans_with_payload_source_and_log_lines(
    tables: LocalCloud, visitor: Visitor
) -> None:
    order = an_order()
    root = root_span(order.order_id)
    event = f"{order.order_id}-0001"
    work = a_span(
        order,
        "email order_placed",
        root.span_id,
        span_id="b" * 16,
        event_id=event,
        attempt=2,
        **{"code.file.path": "workers/email.py"},
    )
    line = {"message": "address of <b>Ada</b>", "level": "WARNING", "span_id": "b" * 16}
    write_logs(
        tables,
        order,
        {"message": "span", "span": a_span(order, "POST /checkout", "", span_id=root.span_id)},
        {"message": "span", "span": work},
        line,
    )

    page = visitor.get(f"/console/orders/{order.order_id}").text

    assert page.index("POST /checkout") < page.index("email order_placed")
    assert "attempt 2" in page
    assert '<a href="/console/tour#email">The email worker sends the emails</a>' in page
    assert "workers/email.py:" in page
    placed = order.placed_at.astimezone()
    assert f"{placed:%H:%M:%S}.{placed.microsecond // 1000:03d}</time>, not published yet" in page
    assert "&#34;type&#34;: &#34;order_placed&#34;" in page
    assert "address of &lt;b&gt;Ada&lt;/b&gt;" in page


def test_failed_attempt_is_a_row_with_its_error(tables: LocalCloud, visitor: Visitor) -> None:
    order = an_order()
    root = root_span(order.order_id).span_id
    failed = a_span(order, "charge", root, status={"code": "ERROR", "message": "<i>Down</i>"})
    again = a_span(order, "charge", root, span_id="c" * 16)
    write_logs(
        tables, order, {"message": "span", "span": failed}, {"message": "span", "span": again}
    )

    page = visitor.get(f"/console/orders/{order.order_id}").text

    assert page.count('class="span') == 2
    assert page.count('class="span failed"') == 1
    assert "&lt;i&gt;Down&lt;/i&gt;" in page


def test_order_without_spans_says_so(visitor: Visitor) -> None:
    page = visitor.get(f"/console/orders/{an_order().order_id}").text

    assert "The logs have no span of this order." in page


@pytest.mark.parametrize("order_id", ["0" * 26, "x", "<script>"])
def test_unknown_order_is_not_found(visitor: Visitor, order_id: str) -> None:
    response = visitor.get(f"/console/orders/{order_id}")

    assert response.status_code == 404
    assert "<script>" not in response.text


def test_form_leads_to_the_order(visitor: Visitor) -> None:
    response = visitor.get("/console/orders", params={"id": " 01j0 "})

    assert response.headers["location"] == "/console/orders/01J0"


def test_other_site_cannot_sign_in_as_a_customer(visitor: Visitor) -> None:
    path = f"/console/orders/{an_order().order_id}/open"

    assert visitor.post(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_list_before_the_first_deployment_is_explained(cloud: LocalCloud) -> None:
    response = Visitor(Starlette(routes=console_routes(cloud))).get("/console/orders")

    assert response.status_code == 503
    assert "The shop is still starting" in response.text


def test_waits_are_shortened_and_spans_keep_their_order() -> None:
    axis = TimeAxis([(0, 0.1), (20, 20.1), (20.2, 20.3)], until=30)

    positions = [axis.position(moment) for moment in (0, 0.1, 20, 20.1, 20.2, 20.3, 30)]
    assert positions == sorted(positions)
    assert positions[3] - positions[2] > 50
    assert [round(wait.seconds) for wait in axis.waits] == [20, 10]


def test_axis_of_no_spans_is_empty() -> None:
    assert TimeAxis([]).segments == []


def test_history_becomes_visits_with_attempts_and_errors() -> None:
    at = datetime(2031, 11, 23, 12, tzinfo=UTC)
    history: list[dict[str, Any]] = [
        {
            "type": "TaskStateEntered",
            "timestamp": at,
            "stateEnteredEventDetails": {"name": "Charge", "input": "{}"},
        },
        {"type": "TaskScheduled", "timestamp": at},
        {"type": "TaskFailed", "timestamp": at, "taskFailedEventDetails": {"error": "Busy"}},
        {"type": "TaskScheduled", "timestamp": at},
        {
            "type": "TaskStateExited",
            "timestamp": at + timedelta(seconds=2),
            "stateExitedEventDetails": {"name": "Charge", "output": "[]"},
        },
    ]

    (visit,) = visits(history)

    assert (visit.name, visit.kind, visit.attempts) == ("Charge", "Task", 2)
    assert visit.errors == ["Busy: "]
    assert visit.left_at == at + timedelta(seconds=2)


def routed_history(cause: str) -> list[dict[str, Any]]:
    """Charge succeeds, its Output raises an error with this cause, and Catch leads to Release."""
    at = datetime(2031, 11, 23, 12, tzinfo=UTC)
    error = {"error": "States.QueryEvaluationError", "cause": cause}
    history: list[dict[str, Any]] = [
        {"type": "TaskStateEntered", "stateEnteredEventDetails": {"name": "Charge"}},
        {"type": "TaskScheduled"},
        {"type": "TaskSucceeded"},
        {"type": "TaskFailed", "taskFailedEventDetails": error},
        {"type": "TaskStateExited", "stateExitedEventDetails": {"name": "Charge"}},
        {"type": "TaskStateEntered", "stateEnteredEventDetails": {"name": "Release"}},
    ]
    return [{"timestamp": at, **event} for event in history]


def test_declined_card_leads_to_release_and_is_no_failed_attempt() -> None:
    history = routed_history("D3137: The next step is not to pack.")

    charge, release = visits(history)
    execution = Execution("01J", "SUCCEEDED", [charge, release])
    bar, _ = state_bars([execution], charge.entered_at)

    assert charge.errors == []
    assert charge.route == "The next step is not to pack."
    assert (bar.error, bar.note) == ("", "Catch leads to Release")


def test_wrong_expression_of_an_output_is_a_failed_attempt() -> None:
    charge, _ = visits(routed_history("T2001: The left side must be a number"))

    assert charge.route == ""
    assert charge.errors == ["States.QueryEvaluationError: T2001: The left side must be a number"]


def test_source_is_the_line_of_the_handler_inside_the_repository() -> None:
    source = find_source("workers/email.py")

    assert source is not None
    assert source.line > 1
    assert find_source("../../etc/passwd") is None
    assert find_source("") is None
