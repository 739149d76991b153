"""Spans: lines in OpenTelemetry's data model, in the trace of their order."""

import json
import re
from typing import Any

import pytest

from app.observability.ids import new_span_id
from app.observability.logs import log
from app.observability.spans import (
    begin_order,
    enter_order,
    span,
    write_request_spans,
)
from app.observability.trace_context import read_traceparent, request_spans, root_span

ORDER, ANOTHER = "01J00000000000000000000001", "01J00000000000000000000002"
ROOT_SPAN = root_span(ORDER)


def lines_in(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_span_is_a_line_in_the_trace_of_its_order(capsys: pytest.CaptureFixture[str]) -> None:
    with span(ORDER, "charge", kind="INTERNAL", attempt=2):
        log("charge")

    inside, written = lines_in(capsys)
    recorded = written["span"]
    assert (written["message"], written["correlation_id"]) == ("span", ORDER)
    assert (recorded["trace_id"], recorded["parent_span_id"]) == (
        ROOT_SPAN.trace_id,
        ROOT_SPAN.span_id,
    )
    assert recorded["start_time_unix_nano"] <= recorded["end_time_unix_nano"]
    assert recorded["name"] == "charge"
    assert not {"location", "timestamp"} & set(written)  # the same in each span; and its end
    assert "status" not in recorded  # a failed span has one
    assert recorded["attributes"]["attempt"] == 2
    assert (inside["correlation_id"], inside["span_id"]) == (ORDER, recorded["span_id"])


def test_failed_span_has_the_class_of_the_error_and_not_its_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ValueError, match="ada"), span(ORDER, "charge"):
        raise ValueError("ada@example.com")

    (line,) = lines_in(capsys)
    assert line["span"]["status"] == {"code": "ERROR", "message": "ValueError"}
    assert "ada" not in json.dumps(line)


def test_killed_function_writes_no_span(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), span(ORDER, "charge"):
        raise SystemExit

    assert lines_in(capsys) == []


def test_inner_span_is_a_child_but_not_in_the_trace_of_another_order(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with span(ORDER, "outer") as outer:
        with span(ORDER, "inner"):
            pass
        with span(ANOTHER, "other"):
            pass

    inner, other, _ = (line["span"] for line in lines_in(capsys))
    assert inner["parent_span_id"] == outer.span_id
    assert other["parent_span_id"] == root_span(ANOTHER).span_id
    assert other["trace_id"] != outer.trace_id


@pytest.mark.parametrize(
    "untrusted",
    [
        None,
        7,
        "",
        "00-0-0-01",
        f"{ROOT_SPAN.traceparent}\n",
        ROOT_SPAN.traceparent.upper(),
        ROOT_SPAN.traceparent * 1_000,
        f"ff{ROOT_SPAN.traceparent[2:]}",
        root_span(ANOTHER).traceparent,
    ],
)
def test_untrusted_traceparent_is_ignored(untrusted: object) -> None:
    assert read_traceparent(untrusted, ORDER) == ROOT_SPAN


def test_traceparent_of_the_same_trace_is_the_parent() -> None:
    traceparent = f"00-{ROOT_SPAN.trace_id}-b7ad6b7169203331-00"

    assert read_traceparent(traceparent, ORDER).span_id == "b7ad6b7169203331"


def test_ids_are_valid_unique_and_never_look_like_a_card_number() -> None:
    ids = [new_span_id() for _ in range(10_000)]

    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[a-f][0-9a-f]{15}", it) for it in ids)
    assert re.fullmatch("00-[0-9a-f]{32}-a[0-9a-f]{15}-01", ROOT_SPAN.traceparent)


@pytest.mark.parametrize(("places_order", "parent"), [(True, ""), (False, ROOT_SPAN.span_id)])
def test_request_is_the_root_of_the_order_that_it_places(
    capsys: pytest.CaptureFixture[str], places_order: bool, parent: str
) -> None:
    token = request_spans.set({})
    begin_order(ORDER) if places_order else enter_order(ORDER)
    enter_order(ANOTHER)
    write_request_spans("POST /checkout", 1, 303)
    request_spans.reset(token)

    ours, other = (line["span"] for line in lines_in(capsys))
    assert (ours["parent_span_id"], ours["trace_id"]) == (parent, ROOT_SPAN.trace_id)
    assert other["parent_span_id"] == root_span(ANOTHER).span_id
    assert ours["kind"] == "SERVER"
