"""The sales figures of each day: the sums of its hours, and the facts that they may lack."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from itertools import chain

from app.analytics.models import Figures, SalesRow, Total, add_up, fact_partitions, sum_facts
from app.persistence.dynamodb import read_in_parallel
from app.shop_time import shop_time

HOURLY_FIGURES = ("placed", "paid", "cancelled", "returned")  # see ``hourly_figure``
# Units and cents of a SKU, without shipping: of paid orders, and of those whose payment was
# refunded. Both only grow, so the consistency check can judge them by some of the events.
SOLD_BY_SKU = "sku#"
REFUNDED_BY_SKU = "refunded-sku#"
# A report reads at most so many facts of each shard of an hour. An hour with more, of a shop with
# two orders a second, is as old as the last roll-up: a few minutes.
MAX_FACTS = 1_000
ONE_DAY = timedelta(days=1)  # a day of the shop's time zone begins and ends in a day next to it


def hourly_figure(figure: str, moment: datetime) -> str:
    """The name of a figure in an hour of the shop's time zone: "hour#13+0200#placed".

    The offset from UTC distinguishes the two hours of the same name of a day on which the clocks
    are put back: that day has 25 hours, and its hourly figures still sum up to the daily ones.
    """
    return f"hour#{shop_time(moment):%H%z}#{figure}"


def figures_of(day: date) -> Figures:
    """All figures of a day."""
    return figures_between(day, day)[day]


def figures_between(first: date, last: date) -> dict[date, Figures]:
    """The figures of each day from ``first`` to ``last``, with one Query per month.

    Each hour that is due for the roll-up takes eight more, in parallel: the current hour, the one
    before it, and those with late events. The charted figures are included by the hour as well.
    """
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    totals: dict[date, list[tuple[str, Total]]] = {day: [] for day in days}
    for row in _hours(first - ONE_DAY, last + ONE_DAY):
        for local_hour, figures in _by_local_hour(row).items():
            day = date.fromisoformat(local_hour[:10])
            if day in totals:
                totals[day] += _named(local_hour[11:], figures)
    return {day: add_up(of_day) for day, of_day in totals.items()}


def _hours(first: date, last: date) -> Iterator[SalesRow]:
    """The sums of the hours of these days, in UTC."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    for month in dict.fromkeys(f"{day:%Y-%m}" for day in days):
        yield from SalesRow.query(month, SalesRow.entry.between(f"{first}T00", f"{last}T23"))


def _by_local_hour(row: SalesRow) -> dict[str, Figures]:
    """The sums of an hour; if they may lack a fact, its facts, unless these are too many."""
    facts = _read_facts(row.entry) if row.due else None
    return (row.figures or {}) if facts is None else sum_facts(facts)


def _read_facts(hour: str) -> list[SalesRow] | None:
    reads = [partial(_read_shard, partition) for partition in fact_partitions(hour)]
    shards = read_in_parallel(reads)
    is_complete = all(len(shard) <= MAX_FACTS for shard in shards)
    return list(chain.from_iterable(shards)) if is_complete else None


def _read_shard(partition: str) -> list[SalesRow]:
    return list(SalesRow.query(partition, limit=MAX_FACTS + 1))


def _named(hour: str, figures: Figures) -> Iterator[tuple[str, Total]]:
    for name, total in figures.items():
        yield name, total
        if name in HOURLY_FIGURES:
            yield f"hour#{hour}#{name}", total
