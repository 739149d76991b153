"""Counting sales into the figures of each day, and adding up the shards of a period again."""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from pynamodb.transactions import TransactWrite

from app.analytics.models import Figure

SHARDS = 8
BY_HOUR = ("placed", "paid", "cancelled")  # counted as "hour#13#placed", and nowhere else


@dataclass(frozen=True)
class Sum:
    """One figure of a day: how many, and how many cents."""

    tally: int = 0
    cents: int = 0


type Figures = dict[str, Sum]


def add_to_day(
    transaction: TransactWrite, day: date, spread_by: str, sums: Iterable[tuple[str, Sum]]
) -> None:
    """Add to a day's figures; which shard takes it follows from ``spread_by``, an order's id."""
    shard = zlib.crc32(spread_by.encode()) % SHARDS
    for figure, more in sums:
        transaction.update(
            Figure(f"{day:%Y-%m}#{shard}", f"{day:%d}#{figure}"),
            actions=[Figure.tally.add(more.tally), Figure.cents.add(more.cents)],
        )


def figures_of(day: date) -> Figures:
    """All figures of a day, its shards added up."""
    return figures_between(day, day)[day]


def figures_between(first: date, last: date) -> dict[date, Figures]:
    """The figures of each of these days: eight Queries for each month that they touch.

    A day of its own in each partition would take eight for each day, 240 for a month. What was
    counted by the hour is there for each hour, and added up for the day.
    """
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    added: dict[date, defaultdict[str, list[int]]] = {
        day: defaultdict(lambda: [0, 0]) for day in days
    }
    for month in dict.fromkeys(day.replace(day=1) for day in days):
        of_month = [day.day for day in days if day.replace(day=1) == month]
        for row in _rows(month, min(of_month), max(of_month)):
            day, _, figure = row.figure.partition("#")
            for name in dict.fromkeys((figure, _by_day(figure))):
                sum_so_far = added[month.replace(day=int(day))][name]
                sum_so_far[0] += row.tally
                sum_so_far[1] += row.cents
    return {
        day: {figure: Sum(tally, cents) for figure, (tally, cents) in figures.items()}
        for day, figures in added.items()
    }


def _by_day(figure: str) -> str:
    """What "hour#13#placed" adds to: "placed"."""
    return figure.split("#", 2)[2] if figure.startswith("hour#") else figure


def _rows(month: date, first: int, last: int) -> Iterator[Figure]:
    for shard in range(SHARDS):
        wanted = Figure.figure.between(f"{first:02d}#", f"{last:02d}#~")
        yield from Figure.query(f"{month:%Y-%m}#{shard}", wanted)
