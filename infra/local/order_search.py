"""Serve the newest order ids and the log lines of one order from the emulator's memory.

FilterLogEvents merges the streams of all invocations line by line, and the index of a day's orders
has no order of time: with 10,000 orders, either takes seconds for one page of the console.
"""

from collections.abc import Iterable, Iterator
from heapq import nlargest
from itertools import islice
from typing import Any

from ministack.services import cloudwatch_logs, dynamodb  # type: ignore[import-untyped]

from infra.local.emulator_endpoint import Query
from infra.local.function_logs import PREFIX
from infra.local.stack import STACK_NAME

IDS_PATH = "/_ministack/order-ids"
LINES_PATH = "/_ministack/order-lines"
TABLE = f"{STACK_NAME}-orders"
MAX_IDS = 100  # of one answer
MAX_LINES = 2000  # of one order in one function's log

type Event = dict[str, Any]


async def latest_order_ids(query: Query) -> dict[str, list[str]]:
    """The newest ids below ``before``, newest first; nothing if there is no table of orders.

    ``end`` is how the ids end. Ids are ULIDs, which sort by time.
    """
    tables = [table for (*_, name), table in list(dynamodb._tables.all_items()) if name == TABLE]
    if not tables:
        return {}
    limit = min(int(query.get("limit", MAX_IDS)), MAX_IDS)
    before, end = query.get("before") or "~", query.get("end", "")  # "~" is after A to Z
    found = (it for it in _order_ids(tables) if it < before and it.endswith(end))
    return {"ids": nlargest(limit, found)}


def _order_ids(tables: list[dict[str, Any]]) -> Iterator[str]:
    for table in tables:
        yield from (key for key, parts in list(table["items"].items()) if "order" in parts)


async def find_order_lines(query: Query) -> dict[str, list[list[Any]]]:
    """Log group, message and milliseconds of each line with this ``id``, of ``since`` or later."""
    wanted, since = query.get("id", ""), int(query.get("since", "0"))
    lines: list[list[Any]] = []
    for group, events in _function_logs(since) if wanted else ():
        found = (
            [group, it["message"], it["timestamp"]]
            for it in events
            if wanted in it["message"] and it["timestamp"] >= since
        )
        lines += islice(found, MAX_LINES)
    return {"lines": sorted(lines, key=lambda line: int(line[2]))}


def _function_logs(since: int) -> Iterator[tuple[str, Iterable[Event]]]:
    """The log lines of each function; streams that ended before ``since`` are left out."""
    for (*_, name), group in list(cloudwatch_logs._log_groups.all_items()):
        if name.startswith(PREFIX):
            streams = [stream["events"] for stream in list(group["streams"].values())]
            recent = [it for it in streams if it and it[-1]["timestamp"] >= since]
            yield name, (event for events in recent for event in list(events))
