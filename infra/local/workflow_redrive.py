"""RedriveExecution, which MiniStack lacks: continue an unsuccessful execution at its last state.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

import json
from collections.abc import Callable
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

from ministack.core.responses import (  # type: ignore[import-untyped]
    error_response_json,
    json_response,
    now_iso,
)
from ministack.services import stepfunctions as states  # type: ignore[import-untyped]

from infra.local.resumed_execution import continue_execution

REDRIVABLE_PERIOD = timedelta(days=14)
MAX_EVENTS = 24_999  # of a redrivable execution: AWS adds at least two, and keeps 25,000
UNSUCCESSFUL = ("FAILED", "ABORTED", "TIMED_OUT")
REVISION = "revisionId"  # of the definition with which an execution began

OK = 200

type Record = dict[str, Any]
type Call = Callable[[Record], Any]  # of an operation; returns status, headers and body


def support_redrive() -> None:
    """Patch MiniStack in this process."""
    handle = states.handle_request

    async def handle_or_redrive(
        method: str, path: str, headers: Any, body: bytes, *args: Any, **options: Any
    ) -> Any:
        if headers.get("x-amz-target", "").endswith(".RedriveExecution"):
            return states._finalize_response(redrive(json.loads(body)))
        return await handle(method, path, headers, body, *args, **options)

    states.handle_request = handle_or_redrive
    states._start_execution = _remembering_revision(states._start_execution)
    states._stop_execution = _ending_history(states._stop_execution)
    states._describe_execution = _with_redrive(states._describe_execution)


def _remembering_revision(start: Call) -> Call:
    def start_and_remember(data: Record) -> Any:
        response = start(data)
        if response[0] == OK:
            execution = states._executions[json.loads(response[2])["executionArn"]]
            machine = states._state_machines[execution["stateMachineArn"]]
            execution[REVISION] = machine.get(REVISION)
        return response

    return start_and_remember


def _ending_history(stop: Call) -> Call:
    """The thread of a stopped execution finishes its state; what it records then is dropped.

    It keeps the stopped record, so that it does not go on when the execution is redriven.
    """

    def stop_and_detach(data: Record) -> Any:
        response = stop(data)
        if response[0] == OK:
            execution = states._executions[data["executionArn"]]
            detached = {**execution, "events": [*execution["events"]]}
            states._executions[data["executionArn"]] = detached
        return response

    return stop_and_detach


def _with_redrive(describe: Call) -> Call:
    def describe_with_redrive(data: Record) -> Any:
        response = describe(data)
        if response[0] != OK:
            return response
        details = redrive_details(states._executions[data["executionArn"]])
        return json_response(json.loads(response[2]) | details)

    return describe_with_redrive


def redrive_details(execution: Record) -> Record:
    """What DescribeExecution says of redrives."""
    reason = refusal(execution)
    details = {
        "redriveCount": execution.get("redriveCount", 0),
        "redriveStatus": "NOT_REDRIVABLE" if reason else "REDRIVABLE",
        "redriveDate": execution.get("redriveDate"),
        "redriveStatusReason": reason,
    }
    return {name: value for name, value in details.items() if value not in (None, "")}


def refusal(execution: Record) -> str:
    """Why an execution cannot be redriven, in the words of AWS; empty if it can be."""
    if (status := execution["status"]) not in UNSUCCESSFUL:
        return f"Execution is {status} and cannot be redriven"
    machine = states._state_machines.get(execution["stateMachineArn"])
    if machine is None:
        return "State machine is in DELETING status"
    if len(execution["events"]) >= MAX_EVENTS:
        return "Execution history event limit exceeded"
    stopped = datetime.fromisoformat(execution["stopDate"])
    if datetime.now(UTC) - stopped > REDRIVABLE_PERIOD:
        return "Execution redrivable period exceeded"
    return _lost_by_the_emulator(execution, machine)


def _lost_by_the_emulator(execution: Record, machine: Record) -> str:
    """AWS keeps both: a redrive uses the definition and the variables of the execution."""
    if execution.get(REVISION) != machine.get(REVISION):
        return "The state machine was changed since the execution began"
    if '"Assign"' in machine["definition"]:
        return "The emulator does not keep the variables of an execution"
    return ""


def redrive(request: Record) -> Any:
    """A repeat with the same token changes nothing."""
    arn = request.get("executionArn", "")
    if (execution := states._executions.get(arn)) is None:
        message = f"Execution Does Not Exist: '{arn}'"
        return error_response_json("ExecutionDoesNotExist", message, 400)
    if request.get("clientToken") and execution.get("redriveToken") == request["clientToken"]:
        return json_response({"redriveDate": execution["redriveDate"]})
    if reason := refusal(execution):
        return error_response_json("ExecutionNotRedrivable", reason, 400)
    execution.update(
        status="RUNNING",
        stopDate=None,
        output=None,
        error=None,
        cause=None,
        redriveCount=execution.get("redriveCount", 0) + 1,
        redriveDate=now_iso(),
        redriveToken=request.get("clientToken"),
    )
    details = {"redriveCount": execution["redriveCount"]}
    states._add_event(execution, "ExecutionRedriven", {"executionRedrivenEventDetails": details})
    states._emit_execution_status_event(execution)
    Thread(target=copy_context().run, args=[continue_execution, execution], daemon=True).start()
    return json_response({"redriveDate": execution["redriveDate"]})
