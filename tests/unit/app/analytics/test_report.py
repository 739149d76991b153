from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from app.analytics.counters import BY_HOUR, SHARDS, Sum, add_to_day, figures_between
from app.analytics.models import Figure
from app.analytics.report import Report, report_of
from app.persistence.dynamodb import writing_together

pytestmark = pytest.mark.usefixtures("tables")

_years = count(2070)


@pytest.fixture
def noon() -> datetime:
    """The noon of a first of March that no other test knows."""
    return datetime(next(_years), 3, 1, 12, 30, tzinfo=UTC)


def _counted(at: datetime, **figures: Sum) -> None:
    """As the worker counts: what is drawn as a curve by the hour, the others by the day."""
    named = ((name.replace("__", "#"), it) for name, it in figures.items())
    sums = [(f"hour#{at:%H}#{name}" if name in BY_HOUR else name, it) for name, it in named]
    with writing_together() as transaction:
        add_to_day(transaction, at.date(), "an order", sums)


def _revenues(report: Report) -> list[int]:
    return [span.revenue for span in report.spans]


def test_a_week_ends_today_and_begins_six_days_earlier(noon: datetime) -> None:
    for days, cents in ((0, 10), (6, 20), (7, 40)):
        _counted(noon - timedelta(days=days), paid=Sum(1, cents))

    report = report_of("7d", noon)

    assert _revenues(report) == [20, 0, 0, 0, 0, 0, 10]
    assert report.revenue == 30


def test_a_day_goes_by_the_hour_over_midnight(noon: datetime) -> None:
    for hours, cents in ((0, 10), (23, 20), (24, 40)):
        _counted(noon - timedelta(hours=hours), paid=Sum(1, cents))

    report = report_of("24h", noon)

    assert len(report.spans) == 24
    assert (report.spans[0].revenue, report.spans[-1].revenue) == (20, 10)
    assert report.spans[0].start == noon - timedelta(hours=23, minutes=30)


def test_the_average_is_of_what_was_paid(noon: datetime) -> None:
    _counted(noon, placed=Sum(4, 400), paid=Sum(3, 100), cancelled=Sum(2, 30))

    report = report_of("30d", noon)

    assert (report.placed, report.average, report.refunds) == (4, 33, 30)


def test_the_way_from_order_to_parcel_is_counted_by_the_day(noon: datetime) -> None:
    _counted(noon, placed=Sum(4, 400), paid=Sum(3, 300), declined=Sum(1))
    _counted(noon - timedelta(days=1), placed=Sum(1, 90), shipped=Sum(2), cancelled=Sum(1, 90))

    way = {"placed": 5, "paid": 3, "shipped": 2, "declined": 1, "cancelled": 1}
    assert report_of("7d", noon).way == report_of("24h", noon).way == way


def test_nothing_sold_has_no_average(noon: datetime) -> None:
    assert (report_of("7d", noon).average, report_of("7d", noon).best) == (0, ())


def test_what_brought_most_sold_best(noon: datetime) -> None:
    _counted(noon, sku__MUG=Sum(5, 100), sku__VASE=Sum(1, 300))
    _counted(noon - timedelta(days=3), sku__MUG=Sum(5, 100))

    best = report_of("7d", noon).best

    assert [(it.sku, it.pieces, it.cents) for it in best] == [("VASE", 1, 300), ("MUG", 10, 200)]


def test_a_period_takes_eight_round_trips_for_each_month_it_touches(
    noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    query = Figure.query

    def listening(bucket: str, *conditions: object) -> object:
        asked.append(bucket)
        return query(bucket, *conditions)  # type: ignore[arg-type]

    monkeypatch.setattr(Figure, "query", listening)

    figures_between(noon.date(), noon.date() + timedelta(days=29))
    assert len(asked) == SHARDS

    figures_between(noon.date() - timedelta(days=1), noon.date())
    assert len(asked) == 3 * SHARDS


def test_the_days_of_two_months_are_kept_apart(noon: datetime) -> None:
    _counted(noon, paid=Sum(1, 10))
    _counted(noon - timedelta(days=1), paid=Sum(1, 20))

    days = figures_between(noon.date() - timedelta(days=1), noon.date())

    assert [figures["paid"].cents for figures in days.values()] == [20, 10]
