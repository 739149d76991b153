"""One order is one trace: one root, no orphan, every function, and retries as siblings."""

from collections import Counter
from typing import Any

import pytest

from app.errors import NotFound
from app.observability.trace_context import root_span
from infra.ops.trace_tree import trace_tree
from infra.ops.traces import spans_in
from tests.simulation.simulator.crash_runs import CrashRun
from tests.simulation.simulator.scenarios import ORDER_SCENARIOS
from workers import email

type Spans = list[dict[str, Any]]

SCENARIOS = {it.name: it for it in ORDER_SCENARIOS}
CONSUMERS = ("email", "inventory", "analytics", "fulfillment")
PLACED = {"publish order_placed", *(f"{it} order_placed" for it in CONSUMERS), "send email"}
PAID = {"charge", "publish order_paid"}
SHIPPED = {"ship", "publish order_shipped", "email order_shipped", "analytics order_shipped"}
DECLINED = {"charge", "release", "publish order_declined", "email order_declined"}
REVIEWED = {"review", "publish order_review_requested", "publish order_review_decided"}

RESTARTED = {"open_issue", "restart workflow"}
CANCELLED = {"publish order_cancel_requested", "publish order_cancelled", "email order_cancelled"}


def spans_after(run: CrashRun) -> Spans:
    """The spans of the run's only order."""
    result = run.run()
    assert result.violations == ()
    (order_id,) = run.cloud.snapshot().orders_by_id
    spans = list(spans_in(run.cloud.log_lines, order_id))
    assert {it["trace_id"] for it in spans} == {root_span(order_id).trace_id}
    assert len({node.span["span_id"] for node in trace_tree(spans, order_id)}) == len(spans)
    return spans


def assert_one_tree(spans: Spans) -> None:
    ids = Counter(it["span_id"] for it in spans)
    (root,) = (it for it in spans if not it["parent_span_id"])
    orphans = [it["name"] for it in spans if it["parent_span_id"] not in {*ids, ""}]
    assert root["name"].startswith("place ")
    assert orphans == []
    assert set(ids.values()) == {1}


@pytest.mark.parametrize(
    ("scenario", "names"),
    [
        ("an order is shipped", PLACED | PAID | SHIPPED),
        ("the card is declined", PLACED | DECLINED),
        ("the card needs two attempts", PLACED | PAID | SHIPPED),
        ("a merchant approves", PLACED | REVIEWED | PAID | SHIPPED),
        ("the provider is down for longer", PLACED | PAID | RESTARTED),
        ("cancelled while packing", PLACED | CANCELLED),
    ],
)
def test_an_order_is_one_trace_with_every_function(scenario: str, names: set[str]) -> None:
    spans = spans_after(SCENARIOS[scenario].with_crashes())

    assert_one_tree(spans)
    assert names <= {it["name"] for it in spans}


def test_retried_step_is_a_sibling_of_the_failed_attempt() -> None:
    spans = spans_after(SCENARIOS["the card needs two attempts"].with_crashes())

    attempts = [it for it in spans if it["name"] == "charge"]
    assert ["status" in it for it in attempts] == [True, False]
    assert len({it["parent_span_id"] for it in attempts}) == 1


def test_redriven_message_is_a_sibling_of_the_failed_attempt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failures = iter([NotFound("a failure that no retry repairs")])
    send_emails = email.send_emails

    def fail_once(task: email.EmailTask) -> None:
        if task.event.type == "order_placed" and (failure := next(failures, None)):
            raise failure
        send_emails(task)

    monkeypatch.setattr(email, "send_emails", fail_once)
    run = SCENARIOS["an order is shipped"].with_crashes()
    run.has_operator = True

    spans = spans_after(run)

    assert_one_tree(spans)
    attempts = [it for it in spans if it["name"] == "email order_placed"]
    assert ["status" in it for it in attempts] == [True, False]
    assert len({it["parent_span_id"] for it in attempts}) == 1


def test_spans_have_no_personal_data() -> None:
    run = SCENARIOS["an order is shipped"].with_crashes()

    written = str(spans_after(run))

    assert "@" not in written
    assert "Kiln Row" not in written
