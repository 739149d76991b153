"""All that the console shows of one order: its trace, its executions, its events and emails."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.aws.table_reader import Row
from app.orders.models import FINAL
from infra.local.cloud import LocalCloud
from infra.local.console.billed_units import billed_units
from infra.local.console.emails import Mailbox, StoredEmail
from infra.local.console.executions import read_executions
from infra.local.console.log_records import parse_records, pretty
from infra.local.console.order_lines import order_lines
from infra.local.console.order_rows import placed_at
from infra.local.console.span_bars import span_bars
from infra.local.console.state_bars import state_bars
from infra.local.console.tour_pages import stops_by_name
from infra.local.console.waterfall import place_bars
from infra.ops.deployed_stack import DeployedStack
from infra.ops.trace_tree import trace_tree

MAX_RUNS = 5  # executions of one order that are shown
MAX_EMAILS = 20
CLOCK_SKEW = timedelta(seconds=30)  # the request begins before the order is placed


def order_trace(cloud: LocalCloud, stack: DeployedStack, rows: dict[str, Row]) -> dict[str, Any]:
    """The context of the order's page; ``rows`` are those of its partition."""
    order = rows["order"]
    order_id, placed = order["order_id"], placed_at(order)
    records = parse_records(order_lines(cloud, order_id, placed - CLOCK_SKEW))
    recorded = [it["span"] for it in records if isinstance(it.get("span"), dict)]
    events = [row for row in rows.values() if row.get("kind") == "event"]
    bodies = {f"{order_id}-{row['part'].split('#')[1]}": row["body"] for row in events}
    executions = read_executions(stack, order_id, min(int(order.get("run", 1)), MAX_RUNS))
    billed = billed_units(cloud, order_id, records, executions)
    bars = span_bars(list(trace_tree(recorded, order_id)), records, bodies, billed.rows)
    states = list(state_bars(executions, datetime.now(UTC)))
    return {
        "order": order,
        "placed": placed,
        "bars": bars,
        "states": states,
        "billed": billed,
        "executions": [it.name for it in executions],
        "axis": place_bars(bars, states),
        "stop_of": stops_by_name(),
        "events": [{**row, "body": pretty(row["body"])} for row in events],
        "emails": _emails(cloud, order_id),
        "clock": clock,
        "is_final": order["status"] in FINAL,
    }


def clock(moment: str) -> str:
    """The local time of a stored point in time, to the millisecond: 14:03:59.120."""
    at = datetime.fromisoformat(moment).astimezone()
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}"


def _emails(cloud: LocalCloud, order_id: str) -> list[StoredEmail]:
    return Mailbox(cloud).page(text=order_id).emails[:MAX_EMAILS]
