"""Intercepts every AWS call of the SDK and injects faults, retries included.

A fault may lose the request or the response. A repeated transaction carries the token of its first
attempt, as botocore's does; other repeated calls carry none and are executed again.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError
from greenlet import getcurrent  # type: ignore[import-untyped]

from tests.crash_injection import Call
from tests.simulation.simulator.faults import NO_FAULT, Faults
from tests.simulation.simulator.scheduler import Invocation

MAX_ATTEMPTS = 3  # as configured for the app's AWS clients
SLOW_SECONDS = (2, 12)
USUAL_SECONDS = (0.002, 0.06)

type Service = Callable[[BaseClient, str, dict[str, Any]], Any]


class NoAnswer(Exception):
    """The SDK receives no response, or a throttling error, and retries."""


class Calls:
    """Replaces botocore's network layer. ``services`` maps a service's name to its simulation."""

    def __init__(self, faults: Faults, services: Mapping[str, Service]) -> None:
        self._faults, self._services = faults, services
        self.count = 0

    @contextmanager
    def patched(self) -> Iterator[None]:
        original: Call = BaseClient._make_api_call  # type: ignore[attr-defined]

        def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
            return self._call(client, operation, parameters)

        BaseClient._make_api_call = call  # type: ignore[attr-defined]
        try:
            yield
        finally:
            BaseClient._make_api_call = original  # type: ignore[attr-defined]

    def _call(self, client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        self.count += 1
        invocation = getcurrent()
        if operation == "TransactWriteItems":
            parameters = {"ClientRequestToken": str(uuid4()), **parameters}
        service = self._services[client.meta.service_model.service_name]

        def execute() -> Any:
            return service(client, operation, parameters)

        if not isinstance(invocation, Invocation):  # the test's own set-up and checks
            return execute()
        return self._call_with_retries(invocation, operation, parameters, execute)

    def _call_with_retries(
        self,
        invocation: Invocation,
        operation: str,
        parameters: dict[str, Any],
        execute: Callable[[], Any],
    ) -> Any:
        fault = NO_FAULT
        if invocation.crashed:
            invocation.crash()
        description = f"{operation} {_describe(parameters)}"
        for _ in range(MAX_ATTEMPTS):
            fault = self._faults.draw_call_fault(description)
            invocation.scheduler.log(f"{invocation.name}: {description} {fault}")
            if fault == "transaction conflict":
                raise _conflict_error(operation, parameters)
            try:
                return self._attempt(invocation, execute, fault)
            except NoAnswer:
                invocation.wait(invocation.scheduler.random.uniform(0.05, 1))
        raise _final_error(operation, fault)

    def _attempt(self, invocation: Invocation, execute: Callable[[], Any], fault: str) -> Any:
        """Send the request, execute it, return the response. Other functions run in between."""
        random = invocation.scheduler.random
        invocation.wait(random.uniform(*(SLOW_SECONDS if fault == "slow call" else USUAL_SECONDS)))
        if fault == "crashed before a call":
            invocation.crash()
        if fault in ("throttled", "no answer, not done"):
            raise NoAnswer
        response = execute()
        invocation.wait(random.uniform(*USUAL_SECONDS))
        if fault == "crashed after a call":
            invocation.crash()
        if fault == "done, but no answer":
            raise NoAnswer
        return response


def _describe(parameters: dict[str, Any]) -> str:
    """The table, or tables, and the keys, for the trace."""
    if "TransactItems" in parameters:
        return " + ".join(
            _describe(write) for item in parameters["TransactItems"] for write in item.values()
        )
    table = str(parameters.get("TableName", "")).removeprefix("hearth-and-clay-")
    item = parameters.get("Key") or parameters.get("Item") or {}
    return " ".join([table, *(str(item[key]["S"]) for key in ("part", "sku") if key in item)])


def _conflict_error(operation: str, parameters: dict[str, Any]) -> ClientError:
    """The error when another transaction holds one of the items."""
    if "TransactItems" not in parameters:
        code = "TransactionConflictException"
        return ClientError({"Error": {"Code": code, "Message": "Ongoing"}}, operation)
    reasons = [{"Code": "None"} for _ in parameters["TransactItems"]]
    reasons[-1] = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
    error = {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"}
    response: Any = {"Error": error, "CancellationReasons": reasons}
    return ClientError(response, "TransactWriteItems")


def _final_error(operation: str, fault: str) -> Exception:
    if fault == "throttled":
        response: Any = {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}
        return ClientError(response, operation)
    return ReadTimeoutError(endpoint_url="https://aws.example")
