"""Server-sent events of the functions' new log lines, for the map and the log page.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from infra.local.cloud import LocalCloud
from infra.local.console.log_records import message_of, parse_record
from infra.local.console.rendering import SECURITY_HEADERS, error_page
from infra.local.function_logs import PREFIX
from infra.local.log_tail import PATH
from infra.local.stack import STACK_NAME

_IDS = ("request_id", "function_request_id", "trace_id", "event_id")
EVENT_ID = re.compile(r"[0-9]{1,15}")
MAX_CHARS = 500  # of a message
MAX_READERS = 8  # open pages; each has one thread, which waits most of the time


class LiveLog:
    """Costs nothing while no page is open: then nothing asks the emulator."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._readers = 0

    async def stream(self, request: Request) -> Response:
        if self._readers >= MAX_READERS:
            return error_page("Too many live pages are open: close one.", 503)
        headers = SECURITY_HEADERS | {"X-Accel-Buffering": "no"}
        events = self._events(request)
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)

    async def _events(self, request: Request) -> AsyncIterator[str]:
        """Each event has the number of its answer's last line, from which a browser continues."""
        self._readers += 1
        after, threads = last_event_id(request), CapacityLimiter(1)
        try:
            yield "retry: 3000\n\n"
            while not await request.is_disconnected():
                after, lines = await to_thread.run_sync(self._read, after, limiter=threads)
                yield "".join(as_event(line, after) for line in lines) or f"id: {after}\n\n"
        except httpx.HTTPError:
            return  # the cloud was stopped; the browser connects again
        finally:
            self._readers -= 1

    def _read(self, after: int) -> tuple[int, list[list[Any]]]:
        response = self._cloud.get(f"{PATH}?after={after}")
        response.raise_for_status()
        answer = response.json()
        return answer["last"], answer["lines"]


def last_event_id(request: Request) -> int:
    """The number of the line that a browser has received last, or -1 for a new page.

    https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header
    """
    given = request.headers.get("last-event-id", "")
    return int(given) if EVENT_ID.fullmatch(given) else -1


def as_event(line: list[Any], number: int) -> str:
    """JSON has no line breaks, so a log line cannot begin an event of its own."""
    return f"id: {number}\nevent: log\ndata: {json.dumps(line_fields(*line))}\n\n"


def line_fields(group: str, message: str, at: int = 0) -> dict[str, Any]:
    """The fields of a line that the console shows; a line that is no JSON is a message.

    ``at`` is when the line was written, in milliseconds since 1970, for lines that do not say it.
    """
    record = parse_record(message)
    span: dict[str, Any] = record["span"] if isinstance(record.get("span"), dict) else {}
    return {
        "function": group.removeprefix(PREFIX).removeprefix(f"{STACK_NAME}-"),
        "message": message_of(record)[:MAX_CHARS],
        "level": str(record.get("level", "")),
        "order": str(record.get("correlation_id", "")),
        "ids": " ".join(str(record.get(name, "")) for name in _IDS),
        "time": str(record.get("timestamp") or _written_at(at)),
        "location": str(record.get("location", "")),
        "span": str(span.get("name", "")),
        "kind": str(span.get("kind", "")),
        "failed": bool(span) and span.get("status", {}).get("code") == "ERROR",
    }


def _written_at(milliseconds: int) -> str:
    if not milliseconds:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
