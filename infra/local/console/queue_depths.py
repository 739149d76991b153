"""What is in each queue: how many messages, how old, and how often received."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infra.local.cloud import LocalCloud
from infra.local.queue_snapshot import PATH
from infra.ops.dead_letters.messages import DeadLetter, parse_body

QUEUE = "AWS::SQS::Queue"
SAMPLES = 60  # of the depths that are kept of each queue


@dataclass(frozen=True)
class QueueDepth:
    """``in_flight`` are received and not deleted yet; ``attempts`` are the most of one message.

    ``reason`` is why the oldest message failed, of a dead-letter queue.
    """

    waiting: int
    in_flight: int
    delayed: int = 0
    oldest_at: datetime | None = None
    attempts: int = 0
    reason: str = ""

    @property
    def total(self) -> int:
        return self.waiting + self.in_flight + self.delayed


@dataclass(frozen=True)
class QueuedMessage:
    """``state`` is waiting, in flight or delayed, for so many ``seconds`` more."""

    message: DeadLetter
    state: str
    seconds: int
    attempts: int


def queue_depths(
    cloud: LocalCloud, urls: Mapping[str, str], *, oldest_of: str = ""
) -> dict[str, QueueDepth]:
    """By logical id, as ``urls`` are. Nothing is received, so no attempt is counted.

    ``oldest_of`` is how the ids of those queues end whose oldest message is read too.
    """
    read = (queue_name(url) for it, url in urls.items() if oldest_of and it.endswith(oldest_of))
    figures = _get(cloud, f"?oldest={','.join(read)}" if oldest_of else "")
    by_id = {logical_id: figures.get(queue_name(url)) for logical_id, url in urls.items()}
    return {logical_id: _depth(it) for logical_id, it in by_id.items() if it}


def queued_messages(cloud: LocalCloud, url: str) -> list[QueuedMessage]:
    """The oldest messages of a queue, including those in flight. Nothing is received."""
    return [_message(it) for it in _get(cloud, f"?name={queue_name(url)}")]


def queue_name(url: str) -> str:
    return url.rpartition("/")[2]


class DepthHistory:
    """The last depths of each queue, one for each view of the page: nothing runs without one."""

    def __init__(self) -> None:
        self._samples: dict[str, deque[int]] = {}

    def add(self, depths: dict[str, QueueDepth]) -> None:
        for name, depth in depths.items():
            self._samples.setdefault(name, deque(maxlen=SAMPLES)).append(depth.total)

    def points(self, name: str) -> str:
        """The points of a polyline in a box of 60 by 16, newest at the right."""
        samples = list(self._samples.get(name, ()))
        top = max(samples, default=0) or 1
        start = SAMPLES - len(samples)
        return " ".join(f"{start + x},{15 - 14 * it / top:.1f}" for x, it in enumerate(samples))


def _get(cloud: LocalCloud, query: str) -> Any:
    response = cloud.get(f"{PATH}{query}")
    response.raise_for_status()
    return response.json()


def _depth(figures: dict[str, Any]) -> QueueDepth:
    oldest = figures["oldest"]
    return QueueDepth(
        figures["waiting"],
        figures["in_flight"],
        figures["delayed"],
        None if oldest is None else datetime.fromtimestamp(oldest, UTC),
        figures["attempts"],
        _message(figures["message"]).message.reason if figures.get("message") else "",
    )


def _message(it: dict[str, Any]) -> QueuedMessage:
    sent = datetime.fromtimestamp(it["sent"], UTC)
    message = DeadLetter(it["id"], "", it["body"], it["attributes"], sent, parse_body(it["body"]))
    return QueuedMessage(message, it["state"], it["seconds"], it["attempts"])
