"""Run the rest of an execution that MiniStack has ended: its last state again, and those after it.

MiniStack itself runs an execution from its first state only.
"""

import json
from typing import Any

from ministack.core.responses import now_iso  # type: ignore[import-untyped]
from ministack.services import stepfunctions as states  # type: ignore[import-untyped]

WITH_EXECUTION = ("Task", "Parallel", "Map")  # MiniStack passes it to these states

type Record = dict[str, Any]


def continue_execution(execution: Record) -> None:
    """Run it to its end, in a thread of its own. The last state begins with the same input."""
    try:
        output = _run(execution)
    except states._ExecutionError as error:
        _fail(execution, error.error, error.cause)
    except Exception as error:  # as MiniStack does with an error of its own
        _fail(execution, "States.Runtime", str(error))
    else:
        if execution["status"] == "RUNNING":  # it was not stopped meanwhile
            _succeed(execution, json.dumps(output))


def _fail(execution: Record, error: str, cause: str) -> None:
    """Nothing happens if the execution was stopped meanwhile: it has ended."""
    if execution["status"] == "RUNNING":
        states._fail_execution(execution, error, cause)


def _run(execution: Record) -> Any:
    machine = states._state_machines[execution["stateMachineArn"]]
    definition = json.loads(machine["definition"])
    context = _context(execution, machine["name"], definition)
    name, data = _last_entered(execution)
    if not name:
        name, data = definition["StartAt"], context["Execution"]["Input"]
        _record(execution, definition, name, "Entered", input=data)
    while execution["status"] == "RUNNING":
        context["State"] = {"Name": name, "EnteredTime": now_iso(), "RetryCount": 0}
        data, following = _run_state(definition["States"][name], data, execution, context)
        _record(execution, definition, name, "Exited", output=data)
        if not following or execution["status"] != "RUNNING":
            break
        name = following
        _record(execution, definition, name, "Entered", input=data)
    return data


def _last_entered(execution: Record) -> tuple[str, Any]:
    """The unsuccessful state and its input; an empty name if none was entered."""
    for event in reversed(execution["events"]):
        if event["type"].endswith("StateEntered"):
            details = event["stateEnteredEventDetails"]
            return details["name"], json.loads(details["input"])
    return "", None


def _run_state(state: Record, data: Any, execution: Record, context: Record) -> tuple[Any, str]:
    """The output of a state, and the name of the next one; empty after the last."""
    kind = state["Type"]
    if kind == "Fail":
        raise states._ExecutionError(*states._fail_state_error(state, data, context))
    if kind == "Succeed":
        data = states._apply_input_path(state, data, context)
        return states._apply_output_path(state, data, context), ""
    run = getattr(states, f"_execute_{kind.lower()}")
    given = (execution, context) if kind in WITH_EXECUTION else (context,)
    output, following = run(state, data, *given)
    return output, following or ""


def _context(execution: Record, machine_name: str, definition: Record) -> Record:
    """The context object of the execution, as MiniStack builds it at its start.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
    """
    return {
        "QueryLanguage": definition.get("QueryLanguage", "JSONPath"),
        "Execution": {
            "Id": execution["executionArn"],
            "Input": json.loads(execution["input"]),
            "Name": execution["name"],
            "StartTime": execution["startDate"],
            "RedriveCount": execution["redriveCount"],
            "RedriveTime": execution["redriveDate"],
        },
        "StateMachine": {"Id": execution["stateMachineArn"], "Name": machine_name},
        "variables": {},
    }


def _record(execution: Record, definition: Record, name: str, what: str, **data: Any) -> None:
    """Add the event that the execution has entered or exited a state."""
    kind = definition["States"][name]["Type"]
    values = {key: json.dumps(value) for key, value in data.items()}
    details = {f"state{what}EventDetails": {"name": name, **values}}
    states._add_event(execution, f"{kind}State{what}", details)


def _succeed(execution: Record, output: str) -> None:
    execution.update(status="SUCCEEDED", output=output, stopDate=now_iso())
    states._add_event(
        execution, "ExecutionSucceeded", {"executionSucceededEventDetails": {"output": output}}
    )
    states._emit_execution_status_event(execution)
