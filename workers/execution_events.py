"""EventBridge events about Step Functions executions that failed, timed out or were aborted."""

from typing import Any

import msgspec

from app.orders.events import read_message


class WorkflowExecution(msgspec.Struct, frozen=True):
    """A workflow execution; its name is the order's id, with a suffix from the second run on."""

    name: str
    status: str

    @property
    def order_id(self) -> str:
        return self.name.partition("-")[0]


class ExecutionStatusChange(msgspec.Struct, frozen=True):
    """EventBridge's "Step Functions Execution Status Change": the fields used here.

    https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    """

    detail: WorkflowExecution


def read_failed_execution(record: dict[str, Any]) -> WorkflowExecution:
    """Read the execution from an SQS record. Raises ``UnreadableEvent``."""
    change: ExecutionStatusChange = read_message(record["body"], ExecutionStatusChange)
    return change.detail
