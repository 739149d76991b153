"""Serve what is in the emulator's queues, without receiving it.

SQS itself has no such call: a look at messages is a receive, which counts as an attempt, and it
does not show messages that are in flight or delayed. The age of the oldest one is a metric on AWS.
"""

import time
from collections import Counter
from typing import Any
from urllib.parse import parse_qs

from ministack.services import sqs  # type: ignore[import-untyped]
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

PATH = "/_ministack/queues"
MAX_MESSAGES = 50  # of one answer

type Message = dict[str, Any]


class QueueSnapshot:
    """Figures of all queues by name; with ``name``, the oldest messages of that queue."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        name = parse_qs(scope["query_string"].decode("latin-1")).get("name", [""])[0]
        queues = {it["name"]: list(it["messages"]) for it in sqs._queues.to_dict().values()}
        now = time.time()
        if name:
            oldest = sorted(queues.get(name, []), key=_sent_at)[:MAX_MESSAGES]
            answer: Any = [_as_json(it, now) for it in oldest]
        else:
            answer = {name: _figures(messages, now) for name, messages in queues.items()}
        await JSONResponse(answer)(scope, receive, send)


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
