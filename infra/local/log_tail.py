"""Serve the functions' newest log lines from the emulator, by long polling.

FilterLogEvents would search a stream of each invocation again and again, and the emulator's Live
Tail does not get the lines of functions.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from ministack.services import cloudwatch_logs  # type: ignore[import-untyped]

from infra.local.emulator_endpoint import Query
from infra.local.function_logs import PLATFORM_LINES, PREFIX

PATH = "/_ministack/log-tail"
MAX_LINES = 1000  # kept; older lines are in CloudWatch Logs only
MAX_LINE_CHARS = 8_000
PAGE = 200  # lines of one answer
HOLD = 4.0  # seconds until an answer without lines
INTERVAL = 0.2
ERROR_MINUTES = 10  # errors of this time are counted
# As the functions' logger writes them; a span has a status.
ERRORS = ('"level":"ERROR"', '"status":{"code":"ERROR"', "Traceback", "Task timed out")

type Line = tuple[int, str, str, int]  # number, log group, message, milliseconds since 1970


class LogTail:
    """``after`` is the number of the last known line; -1 stands for the newest one.

    ``newest`` returns at once; ``activity`` sums up the kept lines by function.
    """

    def __init__(self) -> None:
        self._lines: deque[Line] = deque(maxlen=MAX_LINES)
        self._last = 0
        self._record_lines()

    async def answer(self, query: Query) -> dict[str, Any]:
        if "activity" in query:
            return {"functions": list(self._activity().values())}
        given = query.get("after", "")
        after = int(given) if given.isdecimal() else self._last
        newest = "newest" in query  # at once, without waiting
        lines = list(self._lines)[-PAGE:] if newest else await self._await_lines(after)
        last = lines[-1][0] if lines else self._last
        return {"last": last, "lines": [[*line] for _, *line in lines]}

    def _activity(self) -> dict[str, dict[str, Any]]:
        """The last line of each function that has one, and how many errors it had lately."""
        since = (time.time() - ERROR_MINUTES * 60) * 1000
        found: dict[str, dict[str, Any]] = {}
        for _, group, message, at in list(self._lines):
            seen = found.setdefault(group, {"errors": 0})
            seen["line"] = [group, message, at]
            seen["errors"] += at >= since and any(it in message for it in ERRORS)
        return found

    async def _await_lines(self, after: int) -> list[Line]:
        if after > self._last:  # the reader knew another run of the emulator
            return []
        for _ in range(int(HOLD / INTERVAL)):
            if self._last > after:
                break
            await asyncio.sleep(INTERVAL)
        return [line for line in list(self._lines) if line[0] > after][:PAGE]

    def _record_lines(self) -> None:
        forward: Callable[..., Any] = cloudwatch_logs._fanout_to_subscription_filters

        def record(group: str, stream: str, events: list[dict[str, Any]]) -> Any:
            for event in events if group.startswith(PREFIX) else ():
                if not event["message"].startswith(PLATFORM_LINES):
                    self._last += 1
                    message = event["message"][:MAX_LINE_CHARS]
                    self._lines.append((self._last, group, message, int(event["timestamp"])))
            return forward(group, stream, events)

        cloudwatch_logs._fanout_to_subscription_filters = record
