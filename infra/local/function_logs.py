"""What the functions have said, from the emulator's CloudWatch Logs."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from infra.local.cloud import LocalCloud
from infra.local.stack import Stack
from infra.user_error import Trouble

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

PREFIX = "/aws/lambda/"
PAUSE = 0.5  # seconds between two looks
# The platform's own lines around each invocation.
FRAME = ("START RequestId", "END RequestId", "REPORT RequestId", "INIT_START")


@dataclass(frozen=True, order=True)
class Line:
    at: datetime
    function: str
    said: str


class FunctionLogs:
    def __init__(self, cloud: LocalCloud, wanted: str) -> None:
        """`wanted` is any part of a function's name in the template; empty means all."""
        self._logs: CloudWatchLogsClient = cloud.client("logs")
        named = Stack(cloud.client("cloudformation")).resources("AWS::Lambda::Function")
        self._groups = {
            f"{PREFIX}{name}": logical_id
            for logical_id, name in named.items()
            if wanted.lower() in logical_id.lower()
        }
        if not self._groups:
            known = ", ".join(sorted(named))
            raise Trouble(f"No function is called like {wanted!r}. There are: {known}.")
        # The emulator gives its events no id.
        self._seen: set[tuple[str | None, int, str]] = set()

    def so_far(self) -> list[Line]:
        """What has not been given yet, in the order of time."""
        return sorted(line for group in self._groups for line in self._new(group))

    def from_now_on(self) -> Iterator[Line]:
        while True:
            yield from self.so_far()
            time.sleep(PAUSE)

    def _new(self, group: str) -> Iterator[Line]:
        pages = self._logs.get_paginator("filter_log_events")
        try:
            events = [event for it in pages.paginate(logGroupName=group) for event in it["events"]]
        except self._logs.exceptions.ResourceNotFoundException:
            return  # a function that has never run has no group
        for event in events:
            event_id = event.get("logStreamName"), event["timestamp"], event["message"]
            if event_id not in self._seen and not event["message"].startswith(FRAME):
                at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
                yield Line(at, self._groups[group], event["message"].rstrip())
            self._seen.add(event_id)
