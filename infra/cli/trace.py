"""`shop trace`: the trace of one order, from the click to the parcel."""

from datetime import UTC, datetime

from infra.cli.restart import OrderId
from infra.cli.terminal import StackName, find_stack, out
from infra.ops.trace_tree import SpanNode, trace_tree
from infra.ops.traces import read_spans
from infra.user_error import UserError


def trace(order: OrderId, stack: StackName = "") -> None:
    """Print what each function did for an order, as a tree with durations and files.

    A retry is a sibling of the failed attempt. Reads the functions' logs, which are kept for
    `LogRetentionDays`.
    """
    spans = read_spans(find_stack(stack), order)
    if not spans:
        raise UserError(f"The logs have no span of an order {order}.")
    for node in trace_tree(spans, order):
        out.print(_line(node), markup=False, highlight=False, soft_wrap=True)


def _line(node: SpanNode) -> str:
    span = node.span
    started = datetime.fromtimestamp(span["start_time_unix_nano"] / 1e9, UTC).astimezone()
    name = f"{'  ' * node.depth}{span['name']}"
    error = span.get("status", {}).get("message", "")
    file = span["attributes"].get("code.file.path", "")
    return (
        f"{started:%H:%M:%S}.{started.microsecond // 1000:03} {name:<44} "
        f"{node.milliseconds:>8.1f} ms  {file}{'  ' if error else ''}{error}"
    )
