"""EventBridge events about Step Functions executions that failed, timed out or were aborted."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from app.orders.events import read_message

MIN_RUN_MS = 60_000


class WorkflowExecution(msgspec.Struct, frozen=True):
    """A workflow execution; its name is the order's id, with a suffix from the second run on."""

    name: str
    status: str
    start_date: int = msgspec.field(name="startDate", default=0)  # milliseconds since 1970
    stop_date: int | None = msgspec.field(name="stopDate", default=None)

    @property
    def order_id(self) -> str:
        return self.name.partition("-")[0]

    @property
    def run(self) -> int:
        """The number after ``-r``; 1 for the first execution, which has none."""
        suffix = self.name.partition("-r")[2]
        return int(suffix) if suffix.isdecimal() else 1

    @property
    def started_at(self) -> datetime:
        return datetime.fromtimestamp(self.start_date / 1000, UTC)

    @property
    def ended_at_once(self) -> bool:
        """Whether it failed too early to have tried a step in all its attempts.

        An aborted execution was ended by an operator, or by a restart of the local cloud.
        """
        duration = (self.stop_date or self.start_date + MIN_RUN_MS) - self.start_date
        return self.status == "FAILED" and duration < MIN_RUN_MS


class ExecutionStatusChange(msgspec.Struct, frozen=True):
    """EventBridge's "Step Functions Execution Status Change": the fields used here.

    https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    """

    detail: WorkflowExecution


def read_failed_execution(record: dict[str, Any]) -> WorkflowExecution:
    """Read the execution from an SQS record. Raises ``UnreadableEvent``."""
    change: ExecutionStatusChange = read_message(record["body"], ExecutionStatusChange)
    return change.detail
