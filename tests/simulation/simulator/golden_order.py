"""The spans of one normal order, in a form that is the same for each order."""

from typing import Any

from infra.local.console.tour import GoldenSpan
from infra.ops.traces import spans_in
from tests.simulation.simulator.scenarios import ORDER_SCENARIOS

ROOT_NAME = "POST /checkout"
# A product of few units also warns the merchants: that is another event, which this order causes.
WARNING = "stock_low"


def simulated_spans(scenario: str) -> list[dict[str, Any]]:
    """The spans of the scenario's only order."""
    run = next(it for it in ORDER_SCENARIOS if it.name == scenario).with_crashes()
    result = run.run()
    assert result.violations == ()
    (order_id,) = run.cloud.snapshot().orders_by_id
    return list(spans_in(run.cloud.log_lines, order_id))


def golden_spans(spans: list[dict[str, Any]]) -> list[GoldenSpan]:
    """Each span by its name and its parent's, without a repeat and without low-stock warnings."""
    names = {it["span_id"]: _name(it) for it in spans}
    read = {(names.get(it["parent_span_id"], ""), _name(it), it["kind"]) for it in spans}
    return sorted(GoldenSpan(*it) for it in read if WARNING not in f"{it[0]} {it[1]}")


def _name(span: dict[str, Any]) -> str:
    """The request has the name of its route; the simulator has no HTTP."""
    return span["name"] if span["parent_span_id"] else ROOT_NAME
