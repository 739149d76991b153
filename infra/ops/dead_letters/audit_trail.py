"""Who sent back or discarded what, when and why: in the log of changes, which is never rewritten.

Merchants read the same rows at `/admin/audit-log`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pynamodb.attributes import UTCDateTimeAttribute
from ulid import ULID

from infra.ops.dead_letters.messages import DeadLetter
from infra.ops.dead_letters.queues import DeadLetterQueue
from infra.ops.deployed_stack import Deployed

SHOWN = 100

type Act = Literal["sent back", "discarded"]


@dataclass(frozen=True)
class Entry:
    """One line of the trail."""

    act: str
    queue: str
    event_id: str
    order_id: str
    by: str
    why: str
    at: datetime
    about: str


@dataclass(frozen=True)
class Person:
    """Who acts, and why."""

    name: str
    why: str = ""


def note(
    shop: Deployed, act: Act, queue: DeadLetterQueue, letter: DeadLetter, person: Person
) -> None:
    now = datetime.now(UTC)
    what = f"{act.capitalize()}: {letter.about} from the dead letters of {queue.name}"
    row = {
        "month": f"{now:%Y-%m}",
        "entry_id": str(ULID.from_datetime(now)),
        "by": person.name,
        "summary": f"{what} ({person.why})" if person.why else what,
        "path": f"/admin/orders/{letter.order_id}" if letter.order_id else "/admin",
        "at": UTCDateTimeAttribute().serialize(now),
        "dead_letter": letter.event_id,
        "queue": queue.name,
        "act": act,
        "about": letter.about,
        "order_id": letter.order_id or "-",
        "why": person.why or "-",
    }
    item = {name: {"S": value} for name, value in row.items()}
    shop.client("dynamodb").put_item(TableName=f"{shop.stack}-audit-log", Item=item)


def entries(shop: Deployed, *, now: datetime) -> list[Entry]:
    """This month's, newest first."""
    pages = (
        shop.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=f"{shop.stack}-audit-log",
            KeyConditionExpression="#month = :month",
            FilterExpression="attribute_exists(dead_letter)",
            ExpressionAttributeNames={"#month": "month"},
            ExpressionAttributeValues={":month": {"S": f"{now:%Y-%m}"}},
            ScanIndexForward=False,
            ConsistentRead=True,
        )
    )
    found = [_entry(item) for page in pages for item in page["Items"]]
    return found[:SHOWN]


def _entry(item: dict[str, Any]) -> Entry:
    row = {name: it["S"] for name, it in item.items()}
    return Entry(
        act=row["act"],
        queue=row["queue"],
        event_id=row["dead_letter"],
        order_id=row["order_id"].strip("-"),
        by=row["by"],
        why=row["why"].removeprefix("-"),
        at=datetime.fromisoformat(row["at"]),
        about=row["about"],
    )
