"""The console's log page: the newest lines, filtered by field, with links to traces."""

import json
import re

import pytest
from starlette.applications import Starlette

from infra.local.cloud import LocalCloud
from infra.local.console.live_log import line_fields
from infra.local.console.log_pages import matches
from infra.local.console.pages import console_routes
from tests.unit.infra.local.test_console_map import GROUP, write_line
from tests.unit.infra.visitor import Visitor

ORDER = "01J00000000000000000000001"


@pytest.fixture
def visitor(tables: LocalCloud) -> Visitor:
    return Visitor(Starlette(routes=console_routes(tables)))


def a_line(**fields: object) -> str:
    return json.dumps({"level": "INFO", "timestamp": "2031-11-23T12:00:00.123Z", **fields})


def test_newest_lines_are_shown_with_a_link_to_the_trace(
    tables: LocalCloud, visitor: Visitor
) -> None:
    write_line(tables, a_line(message="<b>first</b>", correlation_id=ORDER))
    write_line(tables, a_line(message="second", correlation_id="<script>"))

    page = visitor.get("/console/logs").text

    assert page.index("second") < page.index("&lt;b&gt;first&lt;/b&gt;")
    assert f'<a href="/console/orders/{ORDER}">' in page
    assert "<b>first</b>" not in page
    assert "<script>" not in page


def test_lines_are_filtered_by_their_fields(tables: LocalCloud, visitor: Visitor) -> None:
    write_line(tables, a_line(message="unlike", level="ERROR", request_id="req-1"))

    assert "unlike" in visitor.get("/console/logs?level=ERROR&id=req-1&function=EMAIL").text
    assert "unlike" not in visitor.get("/console/logs?level=WARNING").text
    assert "No line matches." in visitor.get("/console/logs?text=absent-text").text


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [({"text": "ORDER_PLACED"}, True), ({"function": "web"}, False), ({"id": ORDER}, True)],
)
def test_span_is_found_by_its_name_and_order(wanted: dict[str, str], expected: bool) -> None:
    span = {"name": "email order_placed", "kind": "CONSUMER", "status": {"code": "OK"}}
    line = line_fields(GROUP, a_line(message="span", correlation_id=ORDER, span=span))

    every = {"function": "", "level": "", "id": "", "text": ""}
    assert matches(line, every | wanted) == expected


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (
            {
                "_aws": {"CloudWatchMetrics": [{"Metrics": [{"Name": "Revenue", "Unit": "None"}]}]},
                "Revenue": [4900.0],
                "StackName": "hearth-and-clay",
            },
            "metric Revenue 4900",
        ),
        ({"_aws": {}, "port": 1}, '{"_aws": {}, "port": 1}'),
        ({"_aws": [{"Name": 1}], "x": "é"}, '{"_aws": [{"Name": 1}], "x": "é"}'),
        ({"message": ""}, ""),
    ],
)
def test_line_without_a_message_shows_its_metrics_or_its_fields(
    record: dict[str, object], message: str
) -> None:
    line = line_fields(GROUP, json.dumps(record))

    assert line["message"] == message


def test_line_without_a_time_shows_when_it_was_written() -> None:
    assert line_fields(GROUP, "Traceback", 1_000)["time"] == "1970-01-01T00:00:01.000+00:00"
    assert line_fields(GROUP, a_line(), 1_000)["time"] == "2031-11-23T12:00:00.123Z"
    assert line_fields(GROUP, "Traceback")["time"] == ""


def test_page_shows_the_time_of_a_line_that_does_not_say_it(
    tables: LocalCloud, visitor: Visitor
) -> None:
    write_line(tables, "Traceback (most recent call last)")

    page = visitor.get("/console/logs?text=Traceback").text
    row = page.split("<tbody")[1].split("</tr>")[0]

    assert re.search(r"<td>\d\d:\d\d:\d\d\.\d{3}</td><td>–</td><td>email</td>", row)
