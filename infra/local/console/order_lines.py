"""The log lines of one order, of all functions."""

from datetime import UTC, datetime

from infra.local.cloud import LocalCloud
from infra.local.function_logs import PREFIX, LogLine
from infra.local.order_search import LINES_PATH
from infra.local.stack import STACK_NAME


def order_lines(
    cloud: LocalCloud, order_id: str, since: datetime = datetime.fromtimestamp(0, UTC)
) -> list[LogLine]:
    """Oldest first. ``function`` is the name without the stack's, as in the list of new lines."""
    milliseconds = int(since.timestamp() * 1000)
    response = cloud.get(f"{LINES_PATH}?id={order_id}&since={milliseconds}")
    response.raise_for_status()
    return [_line(*line) for line in response.json()["lines"]]


def _line(group: str, message: str, milliseconds: int) -> LogLine:
    function = group.removeprefix(PREFIX).removeprefix(f"{STACK_NAME}-")
    return LogLine(datetime.fromtimestamp(milliseconds / 1000, UTC), function, message.rstrip())
