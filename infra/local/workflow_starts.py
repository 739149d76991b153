"""StartExecution as on AWS: a repeat for a running execution succeeds and starts nothing.

MiniStack refuses every repeat of a name. AWS refuses that of an execution that has ended, or that
runs with another input.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

from collections.abc import Callable
from typing import Any

from ministack.core.responses import json_response  # type: ignore[import-untyped]
from ministack.services import stepfunctions as states  # type: ignore[import-untyped]

type Record = dict[str, Any]
type Call = Callable[[Record], Any]  # of an operation; returns status, headers and body


def answer_repeated_starts() -> None:
    """Patch MiniStack in this process, after the patches that start an execution."""
    states._start_execution = _answering_repeats(states._start_execution)


def _answering_repeats(start: Call) -> Call:
    def start_once(data: Record) -> Any:
        machine = data.get("stateMachineArn", "")
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{data.get('name')}"
        execution = states._executions.get(arn)
        if execution and execution["status"] == "RUNNING" and _has_input(execution, data):
            return json_response({"executionArn": arn, "startDate": execution["startDate"]})
        return start(data)

    return start_once


def _has_input(execution: Record, data: Record) -> bool:
    return bool(execution["input"] == data.get("input", "{}"))
