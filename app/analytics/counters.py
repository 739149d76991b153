"""Counts sales into the figures of each day, and sums up the shards of a period.

Write sharding:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-sharding.html
"""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import chain

from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from app.analytics.models import SalesFigure
from app.persistence.dynamodb import read_in_parallel
from app.shop_time import shop_time

SHARD_COUNT = 8
HOURLY_FIGURES = ("placed", "paid", "cancelled", "returned")  # see ``hourly_figure``
# Units and cents of a SKU, without shipping: of paid orders, and of those whose payment was
# refunded. Both only grow, so the consistency check can judge them by some of the events.
SOLD_BY_SKU = "sku#"
REFUNDED_BY_SKU = "refunded-sku#"


@dataclass(frozen=True)
class Total:
    """The value of one figure: a count and an amount in cents."""

    count: int = 0
    cents: int = 0


type Figures = dict[str, Total]


def add_to_day(
    transaction: TransactWrite, day: date, shard_by: str, totals: Iterable[tuple[str, Total]]
) -> None:
    """Add to the figures of a day. The hash of ``shard_by``, an order id, selects the shard."""
    shard = zlib.crc32(shard_by.encode()) % SHARD_COUNT
    for figure, total in totals:
        transaction.update(
            SalesFigure(f"{day:%Y-%m}#{shard}", f"{day:%d}#{figure}"),
            actions=[SalesFigure.quantity.add(total.count), SalesFigure.cents.add(total.cents)],
        )


def hourly_figure(figure: str, moment: datetime) -> str:
    """The name of a figure in an hour of the shop's time zone: "hour#13+0200#placed".

    The offset from UTC distinguishes the two hours of the same name of a day on which the clocks
    are put back: that day has 25 hours, and its hourly figures still sum up to the daily ones.
    """
    return f"hour#{shop_time(moment):%H%z}#{figure}"


def figures_of(day: date) -> Figures:
    """All figures of a day, summed over its shards."""
    return figures_between(day, day)[day]


def figures_between(first: date, last: date) -> dict[date, Figures]:
    """The figures of each day from ``first`` to ``last``, with eight Queries per month in parallel.

    Partitions by day would need eight Queries per day, 240 for a month. Hourly figures are
    included by the hour, and summed up for the day.
    """
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    sums: dict[date, defaultdict[str, list[int]]] = {
        day: defaultdict(lambda: [0, 0]) for day in days
    }
    for month in dict.fromkeys(day.replace(day=1) for day in days):
        of_month = [day.day for day in days if day.replace(day=1) == month]
        for row in _rows(month, min(of_month), max(of_month)):
            day, _, figure = row.figure.partition("#")
            for name in dict.fromkeys((figure, _daily_name(figure))):
                running_total = sums[month.replace(day=int(day))][name]
                running_total[0] += row.quantity
                running_total[1] += row.cents
    return {
        day: {figure: Total(count, cents) for figure, (count, cents) in figures.items()}
        for day, figures in sums.items()
    }


def _daily_name(figure: str) -> str:
    """The daily figure of an hourly one: "placed" for "hour#13+0200#placed"."""
    return figure.split("#", 2)[2] if figure.startswith("hour#") else figure


def _rows(month: date, first: int, last: int) -> Iterator[SalesFigure]:
    days = SalesFigure.figure.between(f"{first:02d}#", f"{last:02d}#~")
    keys = [f"{month:%Y-%m}#{shard}" for shard in range(SHARD_COUNT)]
    return chain.from_iterable(read_in_parallel([partial(_rows_of, key, days) for key in keys]))


def _rows_of(key: str, days: Condition) -> list[SalesFigure]:
    return list(SalesFigure.query(key, days))
