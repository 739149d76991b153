"""Rows of the sales table: a fact for each order event, and the sums of each hour."""

from collections import defaultdict
from collections.abc import Iterable

import msgspec
from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from app.persistence.dynamodb import StructAttribute, Table, table_name

SHARD_COUNT = 8


class Total(msgspec.Struct, frozen=True, array_like=True):
    """The value of one figure: a count and an amount in cents. Stored as ``[count, cents]``."""

    count: int = 0
    cents: int = 0


type Figures = dict[str, Total]


class DueHours(GlobalSecondaryIndex["SalesRow"]):
    """Sparse index: the hours whose sums may lack a fact, oldest first."""

    class Meta:
        index_name = "due"
        projection = KeysOnlyProjection()

    due = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)


class SalesRow(Table):
    """A fact, or the sums of an hour.

    - A fact is what one order event adds to the figures. Its ``period`` is an hour in UTC and a
      shard, like "2026-05-14T11#3", its ``entry`` the event's id. It is written once, at
      ``recorded_at``.
    - The sums of an hour have a month as their ``period``, like "2026-05", and the hour as their
      ``entry``, like "2026-05-14T11". ``due`` is set while they may lack a fact. ``version``
      changes with every write (optimistic locking).

    ``figures`` are grouped by the hour of the shop's time zone in which the event occurred, like
    "2026-05-14T13+0200". After a change of that zone, earlier figures keep their hours. The keys
    are in UTC, so that a repeated event finds its fact whatever the zone is by then.
    """

    class Meta:
        table_name = table_name("sales")

    period = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    figures = StructAttribute[dict[str, dict[str, Total]]](dict[str, dict[str, Total]], null=True)
    due = UnicodeAttribute(null=True)
    version = UnicodeAttribute(null=True)
    recorded_at = UTCDateTimeAttribute(null=True)
    by_due = DueHours()


def fact_partitions(hour: str) -> list[str]:
    """All partitions with facts of an hour."""
    return [f"{hour}#{shard}" for shard in range(SHARD_COUNT)]


def sum_facts(facts: Iterable[SalesRow]) -> dict[str, Figures]:
    """The sum of each figure by the hour of the shop's time zone."""
    by_hour: defaultdict[str, list[tuple[str, Total]]] = defaultdict(list)
    for fact in facts:
        for local_hour, figures in (fact.figures or {}).items():
            by_hour[local_hour] += figures.items()
    return {local_hour: add_up(totals) for local_hour, totals in by_hour.items()}


def add_up(totals: Iterable[tuple[str, Total]]) -> Figures:
    """The sum of each figure."""
    figures: Figures = {}
    for name, total in totals:
        so_far = figures.get(name, Total())
        figures[name] = Total(so_far.count + total.count, so_far.cents + total.cents)
    return figures
