"""Counting sales into daily figures, and adding a day's shards up again."""

import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pynamodb.transactions import TransactWrite

from app.analytics.models import Figure

SHARDS = 8


@dataclass(frozen=True)
class Sum:
    """One figure of a day: how many, and how many cents."""

    tally: int = 0
    cents: int = 0


def add_to_day(
    transaction: TransactWrite, day: date, spread_by: str, sums: Iterable[tuple[str, Sum]]
) -> None:
    """Add to a day's figures; which shard takes it follows from ``spread_by``, an order's id."""
    shard = zlib.crc32(spread_by.encode()) % SHARDS
    for figure, more in sums:
        transaction.update(
            Figure(f"{day:%Y-%m-%d}#{shard}", figure),
            actions=[Figure.tally.add(more.tally), Figure.cents.add(more.cents)],
        )


def figures_of(day: date) -> dict[str, Sum]:
    """All figures of a day, its shards added up."""
    sums_so_far: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for shard in range(SHARDS):
        for row in Figure.query(f"{day:%Y-%m-%d}#{shard}"):
            sums_so_far[row.figure][0] += row.tally
            sums_so_far[row.figure][1] += row.cents
    return {figure: Sum(tally, cents) for figure, (tally, cents) in sums_so_far.items()}
