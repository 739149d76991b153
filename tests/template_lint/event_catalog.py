"""The event types that the code publishes, and those that each consumer handles."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from app.emails.delivery import TO_CUSTOMERS, TO_MERCHANTS
from app.orders.events import EVENT_CLASSES
from app.orders.models import EventRow, Order
from infra.build.bundles import ROOT

TYPES = {it.__name__: str(it.__struct_config__.tag) for it in EVENT_CLASSES}


@dataclass(frozen=True)
class EventCatalog:
    """``consumed`` is by handler; ``event_row`` and ``other_row`` are records of the stream."""

    published: frozenset[str]
    consumed: Mapping[str, frozenset[str]]
    event_row: Mapping[str, Any]
    other_row: Mapping[str, Any]


@cache
def read_event_catalog(root: Path = ROOT) -> EventCatalog:
    consumed = {
        f"workers.{path.stem}.handler": found
        for path in sorted((root / "workers").glob("*.py"))
        if (found := frozenset(_matched_types(path)))
    }
    in_ledger = frozenset(_matched_types(root / "app/orders/stock_changes.py"))
    emailed = frozenset(TYPES[it.__name__] for it in (*TO_CUSTOMERS, *TO_MERCHANTS))
    return EventCatalog(
        published=frozenset(TYPES.values()),
        consumed={
            **consumed,
            "workers.email.handler": emailed,
            "workers.inventory.handler": in_ledger,
        },
        event_row=_stream_record(
            EventRow("id", "event#0001", type="t", body="b", occurred_at=datetime.now(UTC))
        ),
        other_row=_stream_record(Order("id", "order")),
    )


def _matched_types(path: Path) -> Iterator[str]:
    """The types of the event classes in a module's ``case`` patterns."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.MatchClass):
            name = ast.unparse(node.cls)
            if name in TYPES:
                yield TYPES[name]


def _stream_record(row: EventRow | Order) -> dict[str, Any]:
    # The row lacks required attributes, since the filters read its kind only.
    return {"eventName": "INSERT", "dynamodb": {"NewImage": row.serialize(null_check=False)}}
