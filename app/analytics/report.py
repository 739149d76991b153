"""How the shop did in a period: what came in, what went back, and what sold best."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.analytics.counters import Figures, Sum, figures_between

Period = Literal["24h", "7d", "30d"]
DAYS: dict[Period, int] = {"7d": 7, "30d": 30}
BEST = 10
WAY = ("placed", "paid", "shipped", "declined", "cancelled")


@dataclass(frozen=True)
class Span:
    """An hour or a day. ``revenue`` is what was paid in it, ``refunds`` what went back."""

    start: datetime
    placed: int
    paid: int
    revenue: int
    refunds: int


@dataclass(frozen=True)
class Seller:
    """A sku, how many pieces of it were ordered, and for how much."""

    sku: str
    pieces: int
    cents: int


@dataclass(frozen=True)
class Report:
    """The spans of a period, oldest first, and what was counted by the day in it.

    ``best`` are the skus that sold best; ``way`` tells how many orders came to each of ``WAY``.
    """

    spans: tuple[Span, ...]
    best: tuple[Seller, ...]
    way: dict[str, int]

    @property
    def revenue(self) -> int:
        return sum(span.revenue for span in self.spans)

    @property
    def refunds(self) -> int:
        return sum(span.refunds for span in self.spans)

    @property
    def placed(self) -> int:
        return sum(span.placed for span in self.spans)

    @property
    def average(self) -> int:
        """Of a paid order, rounded down to a cent; 0 when none was paid."""
        paid = sum(span.paid for span in self.spans)
        return self.revenue // paid if paid else 0


def report_of(period: Period, now: datetime) -> Report:
    """Up to and with the present hour or day, in UTC. Eight Queries, sixteen over a month's end.

    Sellers and way are counted by the day: those of 24 hours are yesterday's and today's.
    """
    if period == "24h":
        return _by_hour(now.replace(minute=0, second=0, microsecond=0))
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [today - timedelta(days=n) for n in reversed(range(DAYS[period]))]
    figures = figures_between(starts[0].date(), today.date())
    spans = tuple(_span(start, figures[start.date()], "") for start in starts)
    return _report(spans, figures.values())


def _by_hour(this_hour: datetime) -> Report:
    starts = [this_hour - timedelta(hours=n) for n in reversed(range(24))]
    figures = figures_between(starts[0].date(), this_hour.date())
    spans = (_span(start, figures[start.date()], f"hour#{start:%H}#") for start in starts)
    return _report(tuple(spans), figures.values())


def _report(spans: tuple[Span, ...], days: Collection[Figures]) -> Report:
    way = {name: sum(day.get(name, Sum()).tally for day in days) for name in WAY}
    return Report(spans, _best(days), way)


def _span(start: datetime, figures: Figures, prefix: str) -> Span:
    placed, paid, cancelled = (
        figures.get(f"{prefix}{name}", Sum()) for name in ("placed", "paid", "cancelled")
    )
    return Span(start, placed.tally, paid.tally, paid.cents, cancelled.cents)


def _best(days: Iterable[Figures]) -> tuple[Seller, ...]:
    pieces: Counter[str] = Counter()
    cents: Counter[str] = Counter()
    for figures in days:
        for figure, found in figures.items():
            if figure.startswith("sku#"):
                pieces[figure[4:]] += found.tally
                cents[figure[4:]] += found.cents
    return tuple(Seller(sku, pieces[sku], total) for sku, total in cents.most_common(BEST))
