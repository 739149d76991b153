"""A design that the counting cloud can run: its functions, consumers and workflow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.api_gateway import handle_request as shop
from tests.simulation.simulator.cloud import WORKERS
from tests.simulation.simulator.dynamodb import resources
from tests.simulation.simulator.workflows import FUNCTIONS, state_machine
from workers import publish

type Handler = Callable[[dict[str, Any], Any], Any]

DEFAULT_MEGABYTES, WEB_MEGABYTES = 512, 1024  # of both designs
VERIFY_MEGABYTES = 1024


@dataclass(frozen=True)
class Consumer:
    """A queue's worker, and the event types in its subscription's filter policy."""

    handler: Handler
    types: frozenset[str]


@dataclass(frozen=True)
class Design:
    """``publish`` handles the stream of the table ``stream``, if the design has an outbox."""

    name: str
    web: Handler
    consumers: Mapping[str, Consumer]
    machine: Mapping[str, Any]
    steps: Mapping[str, Handler]
    publish: Handler | None = None
    stream: str = ""
    has_cdn: bool = False
    megabytes: Mapping[str, int] = field(
        default_factory=lambda: {"web": WEB_MEGABYTES, "verify": VERIFY_MEGABYTES}
    )


def our_design() -> Design:
    """The shop as its template wires it."""
    return Design(
        name="Hearth & Clay",
        web=shop,
        consumers=dict(_subscribed_consumers()),
        machine=state_machine(),
        steps=FUNCTIONS,
        publish=publish.handler,
        stream="hearth-and-clay-orders",
        has_cdn=True,
    )


def _subscribed_consumers() -> list[tuple[str, Consumer]]:
    subscriptions = resources("AWS::SNS::Subscription")
    named = {name: f"{name.capitalize()}Subscription" for name in WORKERS}
    return [
        (name, Consumer(WORKERS[name], frozenset(subscriptions[it]["FilterPolicy"]["type"])))
        for name, it in named.items()
        if it in subscriptions
    ]
