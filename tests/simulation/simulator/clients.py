"""Clients: they send requests to the app, repeat those without an answer, and record answers."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, NamedTuple

from app.errors import ShopError, Unavailable
from app.observability.spans import write_request_spans
from app.observability.trace_context import request_spans
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.scheduler import Outcome

REQUEST_SECONDS = 20

type Outcomes = Literal["accepted", "refused", "unknown"]


class ClientRetries(NamedTuple):
    """How long a client waits at most until it repeats a request, and how often it sends it."""

    max_seconds: float = 20
    attempts: int = 8


@dataclass(frozen=True)
class Answer:
    """``order_id`` is empty unless the request was accepted.

    ``existed`` is whether the order existed when the app made its last AWS call, and so decided.
    """

    outcome: Outcomes
    order_id: str
    existed: bool


@dataclass(frozen=True)
class ClientRequest:
    """A request to the app about one order. ``action`` returns the order's id."""

    name: str
    order_id: str
    action: Callable[[], str]
    on_answer: Callable[[Answer], object]
    attempts: int = 0

    def execute(self, _: object) -> str:
        """The order's id if the request succeeded, "" if the app refused it.

        Like the access log, it writes the request's span.
        """
        request_spans.set({})
        started_ns = time.time_ns()
        try:
            order_id = self.action()
        except Unavailable:
            raise
        except ShopError:
            return ""
        write_request_spans(self.name, started_ns, 200)
        return order_id


class Client:
    """Sends requests to the web function. ``clock_skew`` is the error of that function's clock."""

    def __init__(
        self,
        cloud: Cloud,
        clock_skew: timedelta | None = None,
        retries: ClientRetries = ClientRetries(),
    ) -> None:
        """Without ``clock_skew`` each request draws one at random."""
        self._cloud, self._clock_skew, self._retries = cloud, clock_skew, retries

    def send(self, request: ClientRequest) -> None:
        if not request.attempts:
            request = replace(request, attempts=self._retries.attempts)
        scheduler, faults = self._cloud.scheduler, self._cloud.faults
        invocation = scheduler.invoke(request.name, request.execute, seconds=REQUEST_SECONDS)
        skew = self._clock_skew
        invocation.clock_skew = faults.clock_skew() if skew is None else skew
        existed = False

        def look() -> None:
            nonlocal existed
            existed = self._order_exists(request.order_id)

        invocation.before_execute = look
        invocation.on_finish = lambda outcome: self._receive(request, outcome, existed=existed)

    def _order_exists(self, order_id: str) -> bool:
        return any(
            row["part"] == "order" for row in self._cloud.store.partition("orders", order_id)
        )

    def _receive(self, request: ClientRequest, outcome: Outcome, *, existed: bool) -> None:
        """Without an answer the client sends the same request again."""
        if not outcome.error:
            answered: Outcomes = "accepted" if outcome.answer else "refused"
            request.on_answer(Answer(answered, outcome.answer, existed))
            return
        request.on_answer(Answer("unknown", "", existed))
        if request.attempts > 1:
            retry = replace(request, attempts=request.attempts - 1)
            seconds = self._cloud.scheduler.random.uniform(1, self._retries.max_seconds)
            self._cloud.scheduler.after(seconds, lambda: self.send(retry))
