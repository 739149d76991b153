"""The events that the code tells, and those that each consumer acts on."""

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
class Catalogue:
    """``wanted`` goes by handler; the rows are as the table's stream tells them."""

    published: frozenset[str]
    wanted: Mapping[str, frozenset[str]]
    event_row: Mapping[str, Any]
    other_row: Mapping[str, Any]


@cache
def of_the_code(root: Path = ROOT) -> Catalogue:
    wanted = {
        f"workers.{path.stem}.handler": found
        for path in sorted((root / "workers").glob("*.py"))
        if (found := frozenset(_cases_in(path)))
    }
    letters = frozenset(TYPES[it.__name__] for it in (*TO_CUSTOMERS, *TO_MERCHANTS))
    return Catalogue(
        published=frozenset(TYPES.values()),
        wanted={**wanted, "workers.email.handler": letters},
        event_row=_as_a_stream_tells(
            EventRow("id", "event#0001", type="t", body="b", occurred_at=datetime.now(UTC))
        ),
        other_row=_as_a_stream_tells(Order("id", "order")),
    )


def _cases_in(path: Path) -> Iterator[str]:
    """The classes of events that a worker tells apart by ``case``."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.MatchClass):
            name = ast.unparse(node.cls)
            if name in TYPES:
                yield TYPES[name]


def _as_a_stream_tells(row: EventRow | Order) -> dict[str, Any]:
    # A row that lacks what it must have is not for saving: only its kind is asked for.
    return {"eventName": "INSERT", "dynamodb": {"NewImage": row.serialize(null_check=False)}}
