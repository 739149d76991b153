"""A design of a shop, as the counting cloud runs it: its functions, consumers and workflow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.lambda_handler import handler as shop
from tests.simulation.simulator.cloud import WORKERS
from tests.simulation.simulator.dynamodb import resources
from tests.simulation.simulator.workflows import FUNCTIONS, state_machine
from workers import publish

type Handler = Callable[[dict[str, Any], Any], Any]

USUAL_MEGABYTES, WEB_MEGABYTES = 512, 1024  # of both designs


@dataclass(frozen=True)
class Consumer:
    """A queue's worker, and the types of events that its subscription lets through."""

    handler: Handler
    types: frozenset[str]


@dataclass(frozen=True)
class Design:
    """``publish`` is what the stream of ``stream`` feeds, where there is one."""

    name: str
    web: Handler
    consumers: Mapping[str, Consumer]
    machine: Mapping[str, Any]
    steps: Mapping[str, Handler]
    publish: Handler | None = None
    stream: str = ""
    behind_cdn: bool = False
    megabytes: Mapping[str, int] = field(default_factory=lambda: {"web": WEB_MEGABYTES})


def ours() -> Design:
    """As the template wires it."""
    return Design(
        name="Hearth & Clay",
        web=shop,
        consumers=dict(_subscribed()),
        machine=state_machine(),
        steps=FUNCTIONS,
        publish=publish.handler,
        stream="hearth-and-clay-orders",
        behind_cdn=True,
    )


def _subscribed() -> list[tuple[str, Consumer]]:
    subscriptions = resources("AWS::SNS::Subscription")
    named = {name: f"{name.capitalize()}Subscription" for name in WORKERS}
    return [
        (name, Consumer(WORKERS[name], frozenset(subscriptions[it]["FilterPolicy"]["type"])))
        for name, it in named.items()
        if it in subscriptions
    ]
