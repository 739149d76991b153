"""Audit log entries for redriven and discarded messages: which message, who, when and why.

The rows lie in the application's audit log, so merchants see them at ``/admin/audit-log``.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pynamodb.attributes import UTCDateTimeAttribute
from ulid import ULID

from infra.ops.dead_letters.messages import DeadLetter
from infra.ops.dead_letters.queues import DeadLetterQueue
from infra.ops.deployed_stack import DeployedStack

MAX_ENTRIES = 100

type Action = Literal["redriven", "discarded"]


@dataclass(frozen=True)
class Entry:
    """One redriven or discarded message. ``kind`` is the event's type."""

    action: str
    queue: str
    event_id: str
    order_id: str
    operator: str
    reason: str
    at: datetime
    kind: str


@dataclass(frozen=True)
class Operator:
    """The person who acts, and the reason that is recorded."""

    name: str
    reason: str = ""


def record(
    shop: DeployedStack,
    action: Action,
    queue: DeadLetterQueue,
    message: DeadLetter,
    operator: Operator,
) -> None:
    """Append an entry. The log is append-only: entries are never changed or deleted."""
    now = datetime.now(UTC)
    summary = f"{action.capitalize()}: {message.kind} from the dead-letter queue {queue.name}"
    row = {
        "month": f"{now:%Y-%m}",
        "entry_id": str(ULID.from_datetime(now)),
        "by": operator.name,
        "summary": f"{summary} ({operator.reason})" if operator.reason else summary,
        "path": f"/admin/orders/{message.order_id}" if message.order_id else "/admin",
        "at": UTCDateTimeAttribute().serialize(now),
        "dead_letter": message.event_id,
        "queue": queue.name,
        "action": action,
        "kind": message.kind,
        "order_id": message.order_id or "-",
        "reason": operator.reason or "-",
    }
    item = {name: {"S": value} for name, value in row.items()}
    shop.client("dynamodb").put_item(TableName=f"{shop.stack_name}-audit-log", Item=item)


def list_entries(shop: DeployedStack, *, now: datetime) -> list[Entry]:
    """The entries of this month, newest first, at most ``MAX_ENTRIES``."""
    pages = (
        shop.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=f"{shop.stack_name}-audit-log",
            KeyConditionExpression="#month = :month",
            FilterExpression="attribute_exists(dead_letter)",
            ExpressionAttributeNames={"#month": "month"},
            ExpressionAttributeValues={":month": {"S": f"{now:%Y-%m}"}},
            ScanIndexForward=False,
            ConsistentRead=True,
        )
    )
    entries = [_entry(item) for page in pages for item in page["Items"]]
    return entries[:MAX_ENTRIES]


def _entry(item: dict[str, Any]) -> Entry:
    row = {name: value["S"] for name, value in item.items()}
    return Entry(
        action=row["action"],
        queue=row["queue"],
        event_id=row["dead_letter"],
        order_id=row["order_id"].strip("-"),
        operator=row["by"],
        reason=row["reason"].removeprefix("-"),
        at=datetime.fromisoformat(row["at"]),
        kind=row["kind"],
    )
