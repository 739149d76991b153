"""The dead-letter queues of a deployed stack, and the destination of a redrive from each."""

import re
from dataclasses import dataclass
from typing import Literal

from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

SUFFIX = "DeadLetterQueue"
WORD_BOUNDARY = re.compile(r"(?<=[a-z])(?=[A-Z])")

type TargetKind = Literal["queue", "function", "outbox_poller"]


@dataclass(frozen=True)
class DeadLetterQueue:
    """``target`` is a queue's URL or a function's name, depending on ``target_kind``.

    The publisher's dead-letter queue holds stream positions instead of events. A redrive from it
    invokes the outbox poller, which finds the events in the outbox.
    """

    name: str
    url: str
    target_kind: TargetKind
    target: str

    @property
    def holds_events(self) -> bool:
        return self.target_kind == "queue" and self.name != "failed-executions"

    @property
    def destination(self) -> str:
        if self.target_kind == "queue":
            return f"the {self.name} queue"
        if self.target_kind == "outbox_poller":
            return "the outbox poller"
        return f"the {self.name} function"


def dead_letter_queues(shop: DeployedStack) -> list[DeadLetterQueue]:
    """All dead-letter queues of the stack, by name."""
    urls = shop.resources("AWS::SQS::Queue")
    functions = shop.resources("AWS::Lambda::Function")
    prefixes = [name.removesuffix(SUFFIX) for name in sorted(urls) if name.endswith(SUFFIX)]
    return [
        DeadLetterQueue(
            dead_letter_name(prefix),
            urls[prefix + SUFFIX],
            *_target(prefix, urls, functions),
        )
        for prefix in prefixes
    ]


def dead_letter_name(prefix: str) -> str:
    """``failed-executions`` for the prefix of FailedExecutionsDeadLetterQueue."""
    return WORD_BOUNDARY.sub("-", prefix).lower()


def find_dead_letter_queue(shop: DeployedStack, name: str) -> DeadLetterQueue:
    """Raises ``UserError``, with the known names, if there is no such queue."""
    queues = {queue.name: queue for queue in dead_letter_queues(shop)}
    if name not in queues:
        raise UserError(f"There is no dead-letter queue {name!r}. Choose from {', '.join(queues)}.")
    return queues[name]


def _target(
    prefix: str, queues: dict[str, str], functions: dict[str, str]
) -> tuple[TargetKind, str]:
    if f"{prefix}Queue" in queues:
        return "queue", queues[f"{prefix}Queue"]
    if prefix == "Publish":
        return "outbox_poller", functions.get("OutboxPollerFunction", "")
    return "function", functions.get(f"{prefix}WorkerFunction", "")
