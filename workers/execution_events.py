"""What Step Functions tells, through EventBridge, of the end of a workflow."""

from typing import Any

import msgspec

from app.orders.events import read_message


class Run(msgspec.Struct, frozen=True):
    """An execution, as Step Functions tells of its end; it bears the name of its order."""

    name: str
    status: str

    @property
    def order_id(self) -> str:
        return self.name.partition("-")[0]


class Notice(msgspec.Struct, frozen=True):
    """EventBridge's "Step Functions Execution Status Change", as far as we need it.

    https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    """

    detail: Run


def ended_run(record: dict[str, Any]) -> Run:
    notice: Notice = read_message(record["body"], Notice)
    return notice.detail
