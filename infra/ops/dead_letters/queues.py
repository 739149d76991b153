"""The dead-letter queues of a deployed shop, and where what lies in each was meant to go."""

from dataclasses import dataclass
from typing import Literal

from infra.ops.deployed_stack import Deployed
from infra.user_error import Trouble

SUFFIX = "DeadLetters"

type Way = Literal["queue", "function", "sweep"]


@dataclass(frozen=True)
class DeadQueue:
    """`target` is a queue's address or a function's name, as `way` says.

    What the stream gave up on holds positions only, no events: the sweeper finds those, so that
    "sending back" is to sweep.
    """

    name: str
    url: str
    way: Way
    target: str

    @property
    def holds_events(self) -> bool:
        return self.way == "queue" and self.name != "rescue"

    @property
    def destination(self) -> str:
        if self.way == "queue":
            return f"the {self.name} queue"
        return "the sweeper" if self.way == "sweep" else f"the {self.name} function"


def dead_queues(shop: Deployed) -> list[DeadQueue]:
    queues = shop.resources("AWS::SQS::Queue")
    functions = shop.resources("AWS::Lambda::Function")
    found = []
    for logical_id, url in sorted(queues.items()):
        if logical_id.endswith(SUFFIX):
            of = logical_id.removesuffix(SUFFIX)
            found.append(DeadQueue(of.lower(), url, *_way(of, queues, functions)))
    return found


def dead_queue(shop: Deployed, name: str) -> DeadQueue:
    """Raises ``Trouble`` with the names there are."""
    found = {queue.name: queue for queue in dead_queues(shop)}
    if name not in found:
        raise Trouble(f"No dead letters are called {name!r}. There are: {', '.join(found)}.")
    return found[name]


def _way(of: str, queues: dict[str, str], functions: dict[str, str]) -> tuple[Way, str]:
    if f"{of}Queue" in queues:
        return "queue", queues[f"{of}Queue"]
    if of == "Publish":
        return "sweep", functions.get("SweepWorker", "")
    return "function", functions.get(f"{of}Worker", "")
