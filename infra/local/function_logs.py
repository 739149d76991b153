"""Read the functions' log lines from the emulator's CloudWatch Logs."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from infra.local.cloud import LocalCloud
from infra.local.stack import Stack
from infra.user_error import UserError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

PREFIX = "/aws/lambda/"
POLL_INTERVAL = 0.5  # seconds
# Lines that Lambda itself writes around each invocation.
PLATFORM_LINES = ("START RequestId", "END RequestId", "REPORT RequestId", "INIT_START")


@dataclass(frozen=True, order=True)
class LogLine:
    """``function`` is the logical id in the template."""

    at: datetime
    function: str
    message: str


class FunctionLogs:
    """The logs of all functions whose logical id contains a text."""

    def __init__(self, cloud: LocalCloud, name_part: str) -> None:
        """An empty ``name_part`` selects all. Raises ``UserError`` if no function matches."""
        self._logs: CloudWatchLogsClient = cloud.client("logs")
        functions = Stack(cloud.client("cloudformation")).resources("AWS::Lambda::Function")
        self._groups = {
            f"{PREFIX}{name}": logical_id
            for logical_id, name in functions.items()
            if name_part.lower() in logical_id.lower()
        }
        if not self._groups:
            known = ", ".join(sorted(functions))
            raise UserError(f"No function name contains {name_part!r}. Choose from {known}.")
        # The emulator's log events have no id.
        self._seen: set[tuple[str | None, int, str]] = set()

    def read_new(self) -> list[LogLine]:
        """The lines that were not returned before, oldest first."""
        return sorted(line for group in self._groups for line in self._new(group))

    def follow(self) -> Iterator[LogLine]:
        """Yields new lines for ever."""
        while True:
            yield from self.read_new()
            time.sleep(POLL_INTERVAL)

    def _new(self, group: str) -> Iterator[LogLine]:
        pages = self._logs.get_paginator("filter_log_events")
        try:
            events = [event for it in pages.paginate(logGroupName=group) for event in it["events"]]
        except self._logs.exceptions.ResourceNotFoundException:
            return  # a function that was never invoked has no log group
        for event in events:
            event_id = event.get("logStreamName"), event["timestamp"], event["message"]
            if event_id not in self._seen and not event["message"].startswith(PLATFORM_LINES):
                at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
                yield LogLine(at, self._groups[group], event["message"].rstrip())
            self._seen.add(event_id)
