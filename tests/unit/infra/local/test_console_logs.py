"""The console's log page: the newest lines, filtered by field, with links to traces."""

import json

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
