from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from ulid import ULID

from app.analytics.facts import HOUR, record_fact
from app.analytics.figures import figures_between
from app.analytics.models import SHARD_COUNT, SalesRow, Total
from app.analytics.report import SalesReport, sales_report

pytestmark = pytest.mark.usefixtures("tables")

_years = count(2070)


@pytest.fixture
def noon() -> datetime:
    """Noon on the first of March of a year that no other test uses."""
    return datetime(next(_years), 3, 1, 12, 30, tzinfo=UTC)


def _count(at: datetime, **figures: Total) -> None:
    named = [(name.replace("__", "#"), it) for name, it in figures.items()]
    record_fact(str(ULID()), at, named, now=at)


def _revenues(report: SalesReport) -> list[int]:
    return [it.revenue for it in report.intervals]


def test_seven_days_end_today_and_begin_six_days_earlier(noon: datetime) -> None:
    for days, cents in ((0, 10), (6, 20), (7, 40)):
        _count(noon - timedelta(days=days), paid=Total(1, cents))

    report = sales_report("7d", noon)

    assert _revenues(report) == [20, 0, 0, 0, 0, 0, 10]
    assert report.revenue == 30


def test_24_hours_are_shown_by_the_hour_across_midnight(noon: datetime) -> None:
    for hours, cents in ((0, 10), (23, 20), (24, 40)):
        _count(noon - timedelta(hours=hours), paid=Total(1, cents))

    report = sales_report("24h", noon)

    assert len(report.intervals) == 24
    assert (report.intervals[0].revenue, report.intervals[-1].revenue) == (20, 10)
    assert report.intervals[0].start == noon - timedelta(hours=23, minutes=30)


def test_average_order_value_counts_paid_orders_only(noon: datetime) -> None:
    _count(noon, placed=Total(4, 400), paid=Total(3, 100), cancelled=Total(2, 30))

    report = sales_report("30d", noon)

    assert (report.placed, report.average_order_value, report.refunds) == (4, 33, 30)


def test_funnel_is_counted_by_the_day(noon: datetime) -> None:
    _count(noon, placed=Total(4, 400), paid=Total(3, 300), declined=Total(1))
    _count(noon - timedelta(days=1), placed=Total(1, 90), shipped=Total(2), cancelled=Total(1, 90))

    funnel = {"placed": 5, "paid": 3, "shipped": 2, "declined": 1, "cancelled": 1}
    assert sales_report("7d", noon).funnel == funnel
    assert sales_report("24h", noon).funnel == funnel


def test_report_without_sales_has_no_average(noon: datetime) -> None:
    assert (
        sales_report("7d", noon).average_order_value,
        sales_report("7d", noon).best_sellers,
    ) == (0, ())


def test_best_sellers_are_sorted_by_value(noon: datetime) -> None:
    _count(noon, sku__MUG=Total(5, 100), sku__VASE=Total(1, 300))
    _count(noon - timedelta(days=3), sku__MUG=Total(5, 100))

    best = sales_report("7d", noon).best_sellers

    assert [(it.sku, it.units, it.cents) for it in best] == [("VASE", 1, 300), ("MUG", 10, 200)]


def test_report_needs_one_query_per_month_and_eight_per_hour_that_is_due(
    noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hours in (0, 1):
        _count(noon - hours * HOUR, paid=Total(1, 10))
    queries: list[str] = []
    query = SalesRow.query

    def recorded(period: str, *conditions: object, **options: object) -> object:
        queries.append(period)
        return query(period, *conditions, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(SalesRow, "query", recorded)

    figures_between(noon.date() + timedelta(days=2), noon.date() + timedelta(days=29))
    assert len(queries) == 1

    queries.clear()
    figures_between(noon.date() - timedelta(days=1), noon.date())
    assert len(queries) == 2 + 2 * SHARD_COUNT


def test_days_of_two_months_are_separate(noon: datetime) -> None:
    _count(noon, paid=Total(1, 10))
    _count(noon - timedelta(days=1), paid=Total(1, 20))

    days = figures_between(noon.date() - timedelta(days=1), noon.date())

    assert [figures["paid"].cents for figures in days.values()] == [20, 10]
