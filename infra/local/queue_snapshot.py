"""Serve what is in the emulator's queues, without receiving it.

SQS itself has no such call: a look at messages is a receive, which counts as an attempt, and it
does not show messages that are in flight or delayed. The age of the oldest one is a metric on AWS.
"""

import time
from collections import Counter
from typing import Any

from ministack.services import sqs  # type: ignore[import-untyped]

from infra.local.emulator_endpoint import Query

PATH = "/_ministack/queues"
MAX_MESSAGES = 50  # of one answer

type Message = dict[str, Any]


async def read_queues(query: Query) -> Any:
    """Figures of all queues by name; with ``name``, the oldest messages of that queue.

    ``oldest`` is a list of names: the figures of those queues include the oldest message.
    """
    queues = {it["name"]: list(it["messages"]) for it in sqs._queues.to_dict().values()}
    now = time.time()
    if name := query.get("name", ""):
        oldest = sorted(queues.get(name, []), key=_sent_at)[:MAX_MESSAGES]
        return [_as_json(it, now) for it in oldest]
    figures = {name: _figures(messages, now) for name, messages in queues.items()}
    for name in query.get("oldest", "").split(","):
        if messages := queues.get(name):
            figures[name]["message"] = _as_json(min(messages, key=_sent_at), now)
    return figures


def _figures(messages: list[Message], now: float) -> dict[str, Any]:
    states = Counter(_state(it, now) for it in messages)
    return {
        "waiting": states["waiting"],
        "delayed": states["delayed"],
        "in_flight": states["in flight"],
        "oldest": min(map(_sent_at, messages), default=None),
        "attempts": max((it.get("receive_count", 0) for it in messages), default=0),
    }


def _as_json(message: Message, now: float) -> dict[str, Any]:
    return {
        "id": message["id"],
        "body": message["body"],
        "attributes": message.get("message_attributes") or {},
        "sent": _sent_at(message),
        "state": _state(message, now),
        "seconds": max(0, round(message.get("visible_at", 0) - now)),
        "attempts": message.get("receive_count", 0),
    }


def _sent_at(message: Message) -> float:
    return float(message.get("sent_at", 0))


def _state(message: Message, now: float) -> str:
    """For SQS, a message that failed is in flight too, until its next attempt."""
    if message.get("visible_at", 0) <= now:
        return "waiting"
    return "in flight" if message.get("receive_count", 0) else "delayed"
