"""The sales report of a period: revenue, refunds, order funnel and best sellers."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.analytics.figures import (
    HOURLY_FIGURES,
    REFUNDED_BY_SKU,
    SOLD_BY_SKU,
    figures_between,
    hourly_figure,
)
from app.analytics.models import Figures, Total
from app.shop_time import shop_day, shop_time, start_of_day

Period = Literal["24h", "7d", "30d"]
PERIOD_DAYS: dict[Period, int] = {"7d": 7, "30d": 30}
MAX_BEST_SELLERS = 10
FUNNEL = ("placed", "paid", "shipped", "declined", "cancelled")


@dataclass(frozen=True)
class Interval:
    """The sales of one hour or day; ``payments`` and ``refunds`` are in cents.

    Refunds of cancelled orders and of returns count when they were made, not when the order was
    paid. ``start`` is in the shop's time zone.
    """

    start: datetime
    placed: int
    paid: int
    payments: int
    refunds: int

    @property
    def revenue(self) -> int:
        """Payments minus refunds: negative where more was refunded than paid."""
        return self.payments - self.refunds


@dataclass(frozen=True)
class BestSeller:
    """A SKU with the units that were paid and not refunded, and their value in cents."""

    sku: str
    units: int
    cents: int


@dataclass(frozen=True)
class SalesReport:
    """The intervals of a period, oldest first, and the daily figures summed over the period.

    ``best_sellers`` are sorted by value. ``funnel`` has the number of orders per step of
    ``FUNNEL``.
    """

    intervals: tuple[Interval, ...]
    best_sellers: tuple[BestSeller, ...]
    funnel: dict[str, int]

    @property
    def payments(self) -> int:
        return sum(it.payments for it in self.intervals)

    @property
    def revenue(self) -> int:
        return self.payments - self.refunds

    @property
    def refunds(self) -> int:
        return sum(it.refunds for it in self.intervals)

    @property
    def placed(self) -> int:
        return sum(it.placed for it in self.intervals)

    @property
    def paid(self) -> int:
        return sum(it.paid for it in self.intervals)

    @property
    def average_order_value(self) -> int:
        """Payments per paid order in cents, rounded down; 0 without paid orders."""
        return self.payments // self.paid if self.paid else 0


def sales_report(period: Period, now: datetime) -> SalesReport:
    """The report up to the current hour or day, with one Query per month that it touches.

    Hours and days are those of the shop's time zone. Best sellers and funnel are summed up by the
    day: those of 24 hours cover yesterday and today.
    """
    if period == "24h":
        return _hourly_report(now)
    today = shop_day(now)
    days = [today - timedelta(days=n) for n in reversed(range(PERIOD_DAYS[period]))]
    figures = figures_between(days[0], today)
    intervals = tuple(_interval(start_of_day(day), figures[day], "") for day in days)
    return _report(intervals, figures.values())


def _hourly_report(now: datetime) -> SalesReport:
    hours = _latest_hours(now)
    figures = figures_between(hours[0][0].date(), hours[-1][0].date())
    intervals = tuple(_interval(start, figures[start.date()], prefix) for start, prefix in hours)
    return _report(intervals, figures.values())


def _latest_hours(now: datetime) -> list[tuple[datetime, str]]:
    """The start and the prefix of the figures of the latest 24 hours, oldest first.

    Half hours are enumerated, because some zones put their clocks back by half an hour.
    """
    moments = (shop_time(now - timedelta(minutes=30 * n)) for n in reversed(range(48)))
    hours = dict.fromkeys(
        (moment.replace(minute=0, second=0, microsecond=0), hourly_figure("", moment))
        for moment in moments
    )
    return list(hours)[-24:]


def _report(intervals: tuple[Interval, ...], days: Collection[Figures]) -> SalesReport:
    funnel = {name: sum(day.get(name, Total()).count for day in days) for name in FUNNEL}
    return SalesReport(intervals, _best_sellers(days), funnel)


def _interval(start: datetime, figures: Figures, prefix: str) -> Interval:
    placed, paid, cancelled, returned = (
        figures.get(f"{prefix}{name}", Total()) for name in HOURLY_FIGURES
    )
    refunds = cancelled.cents + returned.cents
    return Interval(start, placed.count, paid.count, paid.cents, refunds)


def _best_sellers(days: Iterable[Figures]) -> tuple[BestSeller, ...]:
    """Units sold minus those refunded. A SKU of which the period refunded all is left out."""
    units: Counter[str] = Counter()
    cents: Counter[str] = Counter()
    for figure, total in (item for figures in days for item in figures.items()):
        for prefix, sign in ((SOLD_BY_SKU, 1), (REFUNDED_BY_SKU, -1)):
            if figure.startswith(prefix):
                units[figure.removeprefix(prefix)] += sign * total.count
                cents[figure.removeprefix(prefix)] += sign * total.cents
    return tuple(
        BestSeller(sku, units[sku], value)
        for sku, value in cents.most_common(MAX_BEST_SELLERS)
        if units[sku] > 0
    )
