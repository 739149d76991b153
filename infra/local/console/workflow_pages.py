"""The pages at `/console/workflow`: the state machine, its executions, and one execution."""

import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute

from infra.local.cloud import LocalCloud
from infra.local.console.code_places import Place
from infra.local.console.console_stack import ConsoleStack
from infra.local.console.executions import STATE_MACHINE, Execution, read_execution
from infra.local.console.log_records import pretty
from infra.local.console.rendering import (
    HERE,
    NOT_READY,
    SECURITY_HEADERS,
    ShopNotReady,
    error_page,
    local_route,
    redirect_to,
    render_page,
)
from infra.local.console.workflow_graph import WorkflowGraph, read_graph
from infra.ops.deployed_stack import DeployedStack
from infra.ops.restart import restart_workflow
from infra.user_error import UserError

PATH = "/console/workflow"
DEFINITION = "workflow/fulfill_order.asl.yaml"
PAGE_SIZE = 25
MAX_TOKEN = 2_000
STATUSES = ("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")
NAME = re.compile(r"[0-9A-Za-z_-]{1,80}")
RUN_OF_ORDER = re.compile(r"([0-9A-Z]{26})(?:-r\d+)?")
OUTCOMES = {
    "stopped": "The execution was stopped. Reconciliation restarts the order's workflow.",
    "redriven": "The execution continues in the state in which it ended.",
    "started": "A run of the workflow was started.",
    "running": "The workflow is running, or the order is closed.",
}


def workflow_pages(
    cloud: LocalCloud, find_machine: Callable[[DeployedStack], str] | None = None
) -> list[BaseRoute]:
    """``find_machine`` returns the ARN of the state machine; the default reads the stack."""
    pages = WorkflowPages(ConsoleStack.on_local_cloud(cloud), find_machine or _deployed_machine)
    return [
        local_route(PATH, pages.list_executions),
        local_route(f"{PATH}/graph.json", pages.graph),
        local_route(f"{PATH}/restart", pages.restart, methods=["POST"]),
        local_route(PATH + "/{name}", pages.show),
        local_route(PATH + "/{name}/stop", pages.stop, methods=["POST"]),
        local_route(PATH + "/{name}/redrive", pages.redrive, methods=["POST"]),
        *(local_route(f"/console/{name}", _script(name)) for name in ("workflow.js", "graph.js")),
    ]


def _script(name: str) -> Callable[[Request], Response]:
    return lambda _: FileResponse(HERE / name)


def _deployed_machine(stack: DeployedStack) -> str:
    machine = next(iter(stack.resources(STATE_MACHINE).values()), "")
    if not machine:
        raise ShopNotReady
    return machine


class WorkflowPages:
    def __init__(self, stack: DeployedStack, find_machine: Callable[[DeployedStack], str]) -> None:
        self._stack, self._find_machine = stack, find_machine

    def list_executions(self, request: Request) -> Response:
        """One page of executions, newest first; ``status`` filters them."""
        query = request.query_params
        status = query.get("status", "") if query.get("status") in STATUSES else ""
        wanted = {"statusFilter": status, "nextToken": query.get("after", "")[:MAX_TOKEN]}
        client = self._stack.client("stepfunctions")
        try:
            page = client.list_executions(
                stateMachineArn=self._find_machine(self._stack),
                maxResults=PAGE_SIZE,
                **{name: value for name, value in wanted.items() if value},
            )
        except client.exceptions.InvalidToken:  # the emulator was started anew
            return redirect_to(PATH)
        return render_page(
            "workflow.html",
            executions=page["executions"],
            after=page.get("nextToken", ""),
            statuses=STATUSES,
            wanted=status,
            graph=self._graph(),
            order_of=order_of,
            message=OUTCOMES.get(query.get("outcome", ""), ""),
        )

    def show(self, request: Request) -> Response:
        name = request.path_params["name"]
        execution = self._find(name)
        if execution is None:
            return error_page(f"There is no execution {name[:80]}.")
        now = datetime.now(UTC)
        return render_page(
            "execution.html",
            execution=execution,
            graph=self._graph(),
            order_id=order_of(name),
            state_class=lambda visit: _state_class(execution, visit),
            place=_place,
            pretty=pretty,
            now=execution.details.get("stopDate") or now,
            message=OUTCOMES.get(request.query_params.get("outcome", ""), ""),
        )

    def graph(self, _: Request) -> Response:
        return JSONResponse(asdict(self._graph()), headers=SECURITY_HEADERS)

    def stop(self, request: Request) -> Response:
        """Stop a running execution. A repeat changes nothing."""
        name = request.path_params["name"]
        execution = self._find(name)
        if execution is None or execution.status not in ("RUNNING", "ABORTED"):
            return error_page("This execution is not running.", 409)
        self._stack.client("stepfunctions").stop_execution(
            executionArn=execution.details["executionArn"],
            error="Stopped",
            cause="Stopped in the console.",
        )
        return redirect_to(f"{PATH}/{name}?outcome=stopped")

    def redrive(self, request: Request) -> Response:
        """Continue an unsuccessful execution in its last state. A repeat is refused."""
        name, client = request.path_params["name"], self._stack.client("stepfunctions")
        execution = self._find(name)
        if execution is None:
            return error_page(f"There is no execution {name[:80]}.")
        try:
            client.redrive_execution(executionArn=execution.details["executionArn"])
        except client.exceptions.ExecutionNotRedrivable as error:
            reason = error.response["Error"]["Message"]
            return error_page(f"The execution cannot be redriven: {reason}.", 409)
        return redirect_to(f"{PATH}/{name}?outcome=redriven")

    async def restart(self, request: Request) -> Response:
        """Start the next run of an order's workflow, as `shop restart` does."""
        order_id = str((await request.form()).get("order", "")).strip().upper()
        if not RUN_OF_ORDER.fullmatch(order_id):
            return error_page("Enter an order id: 26 digits and capital letters.", 422)
        try:
            restart = restart_workflow(self._stack, order_id)
        except (KeyError, UserError) as error:
            reason = str(error) if isinstance(error, UserError) else NOT_READY
            return error_page(reason, 409)
        outcome = "started" if restart.started else "running"
        return redirect_to(f"{PATH}/{restart.execution}?outcome={outcome}")

    def _find(self, name: str) -> Execution | None:
        if not NAME.fullmatch(name):
            return None
        return read_execution(self._stack, self._find_machine(self._stack), name)

    def _graph(self) -> WorkflowGraph:
        machine = self._find_machine(self._stack)
        client = self._stack.client("stepfunctions")
        return read_graph(client.describe_state_machine(stateMachineArn=machine)["definition"])


def order_of(name: str) -> str:
    """The order whose run an execution of this name is; empty for any other execution."""
    match = RUN_OF_ORDER.fullmatch(name)
    return match[1] if match else ""


def _state_class(execution: Execution, visit: Any) -> str:
    if visit.left_at is None and execution.status == "RUNNING":
        return "current"
    if visit.left_at is None and visit.kind != "Succeed":
        return "failed"
    return "passed"


def _place(state: str) -> Place | None:
    place = Place(DEFINITION, state)
    try:
        return place if place.lines else None
    except LookupError:  # the deployed definition is older than the file
        return None
