"""Every call of AWS, as the SDK makes it: tried again when there is no answer, or too much to do.

Answers are lost on the way back as often as questions on the way there. A transaction's repeat
bears the token of its first try, as botocore's does; other repeats bear none, and are done again.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError
from greenlet import getcurrent  # type: ignore[import-untyped]

from tests.crash_injection import Call
from tests.simulation.simulator.faults import NOTHING, Weather
from tests.simulation.simulator.world import Invocation

TRIES = 3  # as the shop's clients are told, of both kinds
SLOW = (2, 12)  # seconds
USUAL = (0.002, 0.06)

type Service = Callable[[BaseClient, str, dict[str, Any]], Any]


class NoAnswer(Exception):
    """The SDK waits in vain, or is told to come back."""


class Calls:
    """Stands where botocore goes to the network; each of ``services`` answers for its own."""

    def __init__(self, weather: Weather, services: Mapping[str, Service]) -> None:
        self._weather, self._services = weather, services
        self.made = 0

    @contextmanager
    def taken_over(self) -> Iterator[None]:
        original: Call = BaseClient._make_api_call  # type: ignore[attr-defined]

        def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
            return self._called(client, operation, parameters)

        BaseClient._make_api_call = call  # type: ignore[attr-defined]
        try:
            yield
        finally:
            BaseClient._make_api_call = original  # type: ignore[attr-defined]

    def _called(self, client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        self.made += 1
        run = getcurrent()
        if operation == "TransactWriteItems":
            parameters = {"ClientRequestToken": str(uuid4()), **parameters}
        service = self._services[client.meta.service_model.service_name]

        def answer() -> Any:
            return service(client, operation, parameters)

        if not isinstance(run, Invocation):  # who prepares a test, and looks at what came of it
            return answer()
        return self._with_tries(run, operation, parameters, answer)

    def _with_tries(
        self, run: Invocation, operation: str, parameters: dict[str, Any], answer: Callable[[], Any]
    ) -> Any:
        fault = NOTHING
        if run.killed:
            run.die()
        what = f"{operation} {_about(parameters)}"
        for _ in range(TRIES):
            fault = self._weather.at_a_call(what)
            run.world.tell(f"{run.name}: {what} {fault}")
            if fault == "transaction conflict":
                raise _conflict(operation, parameters)
            try:
                return self._tried(run, answer, fault)
            except NoAnswer:
                run.wait(run.world.random.uniform(0.05, 1))
        raise _given_up(operation, fault)

    def _tried(self, run: Invocation, answer: Callable[[], Any], fault: str) -> Any:
        """The question travels, is answered, and the answer travels: others act in between."""
        run.wait(run.world.random.uniform(*(SLOW if fault == "slow call" else USUAL)))
        if fault == "died before a call":
            run.die()
        if fault in ("throttled", "no answer, not done"):
            raise NoAnswer
        answered = answer()
        run.wait(run.world.random.uniform(*USUAL))
        if fault == "died after a call":
            run.die()
        if fault == "done, but no answer":
            raise NoAnswer
        return answered


def _about(parameters: dict[str, Any]) -> str:
    """The table, or tables, and the key, for the story."""
    if "TransactItems" in parameters:
        return " + ".join(
            _about(it) for action in parameters["TransactItems"] for it in action.values()
        )
    table = str(parameters.get("TableName", "")).removeprefix("hearth-and-clay-")
    item = parameters.get("Key") or parameters.get("Item") or {}
    return " ".join([table, *(str(item[key]["S"]) for key in ("part", "sku") if key in item)])


def _conflict(operation: str, parameters: dict[str, Any]) -> ClientError:
    """Another transaction was at one of the items; DynamoDB lets neither wait."""
    if "TransactItems" not in parameters:
        code = "TransactionConflictException"
        return ClientError({"Error": {"Code": code, "Message": "Ongoing"}}, operation)
    reasons = [{"Code": "None"} for _ in parameters["TransactItems"]]
    reasons[-1] = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
    error = {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"}
    answer: Any = {"Error": error, "CancellationReasons": reasons}
    return ClientError(answer, "TransactWriteItems")


def _given_up(operation: str, fault: str) -> Exception:
    if fault == "throttled":
        answer: Any = {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}
        return ClientError(answer, operation)
    return ReadTimeoutError(endpoint_url="https://somewhere.in.the.cloud")
