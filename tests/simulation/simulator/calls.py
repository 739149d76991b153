"""Intercepts every AWS call of the SDK and injects faults, retries included.

A fault may lose the request or the response. A repeated transaction carries the token of its first
attempt, as botocore's does; other repeated calls carry none and are executed again. In an outage
every attempt fails, so that the SDK gives up and the function gets the error.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError
from greenlet import getcurrent  # type: ignore[import-untyped]

from tests.crash_injection import Call
from tests.simulation.simulator.faults import NO_FAULT, OUTAGE_FAULTS, Faults
from tests.simulation.simulator.scheduler import Invocation

MAX_ATTEMPTS = 3  # as configured for the app's AWS clients
SLOW_SECONDS = (2, 12)
USUAL_SECONDS = (0.002, 0.06)
UNANSWERED_SECONDS = (2, 3)  # until the client's read timeout
SERVICE_NAMES = {"sesv2": "ses"}  # botocore's names, where an outage has another
THROTTLING_CODES = {
    "dynamodb": "ProvisionedThroughputExceededException",
    "sesv2": "TooManyRequestsException",
    "sns": "ThrottledException",
    "sqs": "RequestThrottled",
}

type Service = Callable[[BaseClient, str, dict[str, Any]], Any]


class NoAnswer(Exception):
    """The SDK receives no response, or a throttling error, and retries."""


class _ApiCall:
    """One call of the SDK, with all of its attempts."""

    def __init__(self, client: BaseClient, operation: str, parameters: dict[str, Any]) -> None:
        if operation == "TransactWriteItems":
            parameters = {"ClientRequestToken": str(uuid4()), **parameters}
        self.client, self.operation, self.parameters = client, operation, parameters
        self.service: str = client.meta.service_model.service_name
        self.description = f"{operation} {_describe(parameters)}"

    def conflict_error(self) -> ClientError:
        """The error when another transaction holds one of the items."""
        if "TransactItems" not in self.parameters:
            code = "TransactionConflictException"
            return ClientError({"Error": {"Code": code, "Message": "Ongoing"}}, self.operation)
        reasons = [{"Code": "None"} for _ in self.parameters["TransactItems"]]
        reasons[-1] = {"Code": "TransactionConflict", "Message": "Transaction is ongoing"}
        error = {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"}
        response: Any = {"Error": error, "CancellationReasons": reasons}
        return ClientError(response, "TransactWriteItems")

    def final_error(self, fault: str) -> Exception:
        if fault != "throttled":
            return ReadTimeoutError(endpoint_url="https://aws.example")
        code = THROTTLING_CODES.get(self.service, "ThrottlingException")
        error_class: Any = self.client.exceptions.from_code(code)
        response = {"Error": {"Code": code, "Message": "Rate exceeded"}}
        error: Exception = error_class(response, self.operation)
        return error


class Calls:
    """Replaces botocore's network layer. ``services`` maps a service's name to its simulation."""

    def __init__(self, faults: Faults, services: Mapping[str, Service]) -> None:
        self._faults, self._services = faults, services
        self.count = 0

    @contextmanager
    def patched(self) -> Iterator[None]:
        original: Call = BaseClient._make_api_call  # type: ignore[attr-defined]

        def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
            return self._call(_ApiCall(client, operation, parameters))

        BaseClient._make_api_call = call  # type: ignore[attr-defined]
        try:
            yield
        finally:
            BaseClient._make_api_call = original  # type: ignore[attr-defined]

    def _call(self, call: _ApiCall) -> Any:
        self.count += 1
        invocation = getcurrent()
        if not isinstance(invocation, Invocation):  # the test's own set-up and checks
            return self._execute(call)
        if invocation.crashed:
            invocation.crash()
        return self._call_with_retries(invocation, call)

    def _execute(self, call: _ApiCall) -> Any:
        return self._services[call.service](call.client, call.operation, call.parameters)

    def _call_with_retries(self, invocation: Invocation, call: _ApiCall) -> Any:
        fault = NO_FAULT
        for _ in range(MAX_ATTEMPTS):
            fault = self._draw_fault(invocation, call)
            invocation.scheduler.log(f"{invocation.name}: {call.description} {fault}")
            if fault == "transaction conflict":
                raise call.conflict_error()
            try:
                return self._attempt(invocation, call, fault)
            except NoAnswer:
                invocation.wait(invocation.scheduler.random.uniform(0.05, 1))
        invocation.fail()
        raise call.final_error(fault)

    def _draw_fault(self, invocation: Invocation, call: _ApiCall) -> str:
        service = SERVICE_NAMES.get(call.service, call.service)
        outage = self._faults.outage_of(service, invocation.scheduler.now)
        if outage:
            return OUTAGE_FAULTS[outage.kind]
        return self._faults.draw_call_fault(call.description)

    def _attempt(self, invocation: Invocation, call: _ApiCall, fault: str) -> Any:
        """Send the request, execute it, return the response. Other functions run in between."""
        random = invocation.scheduler.random
        invocation.wait(random.uniform(*(SLOW_SECONDS if fault == "slow call" else USUAL_SECONDS)))
        if fault == "crashed before a call":
            invocation.crash()
        if fault == "throttled":
            raise NoAnswer
        if fault == "no answer, not done":
            invocation.wait(random.uniform(*UNANSWERED_SECONDS))
            raise NoAnswer
        invocation.before_execute()
        response = self._execute(call)
        invocation.wait(random.uniform(*USUAL_SECONDS))
        if fault == "crashed after a call":
            invocation.crash()
        if fault == "done, but no answer":
            invocation.unanswered_at = invocation.scheduler.now
            invocation.wait(random.uniform(*UNANSWERED_SECONDS))
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
