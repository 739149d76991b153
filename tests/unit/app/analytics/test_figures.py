from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from ulid import ULID

from app.analytics import figures
from app.analytics.facts import record_fact
from app.analytics.figures import figures_of
from app.analytics.models import Total
from app.analytics.rollup import sum_up
from tests.fake_clouds import override_settings

pytestmark = pytest.mark.usefixtures("tables")

_days = count()


@pytest.fixture
def noon() -> datetime:
    """Noon of a day without sales, in UTC; days between two of them stay empty."""
    return datetime(2040, 1, 1, 12, tzinfo=UTC) + timedelta(days=2 * next(_days))


def daily(day: date) -> dict[str, Total]:
    return {name: it for name, it in figures_of(day).items() if not name.startswith("hour#")}


def count_sale(at: datetime, *totals: tuple[str, Total]) -> None:
    record_fact(str(ULID()), at, totals or [("placed", Total(1, 10))], now=at)


def test_day_without_sales_has_no_figures(noon: datetime) -> None:
    assert figures_of(noon.date()) == {}


def test_shards_of_an_hour_are_summed_up(noon: datetime) -> None:
    for _ in range(20):
        count_sale(noon, ("placed", Total(1, 2_450)))

    assert daily(noon.date()) == {"placed": Total(20, 49_000)}


def test_each_day_and_each_figure_has_its_own_total(noon: datetime) -> None:
    count_sale(noon, ("placed", Total(1, 10)), ("paid", Total(1, 20)))
    count_sale(noon + timedelta(days=1), ("placed", Total(2, 5)))

    assert daily(noon.date()) == {"placed": Total(1, 10), "paid": Total(1, 20)}
    assert daily(noon.date() + timedelta(days=1)) == {"placed": Total(2, 5)}


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("Europe/Berlin", {"13+0100": 2}),
        ("Asia/Kolkata", {"17+0530": 1, "18+0530": 1}),
        ("Asia/Kathmandu", {"17+0545": 1, "18+0545": 1}),
    ],
)
def test_hours_are_those_of_the_shop_also_where_they_begin_within_an_hour_of_utc(
    noon: datetime, zone: str, hours: dict[str, int]
) -> None:
    with override_settings(shop_time_zone=zone):
        for minute in (0, 45):
            count_sale(noon.replace(minute=minute))

    counts = {name: it.count for name, it in figures_of(noon.date()).items()}
    assert counts == {"placed": 2, **{f"hour#{it}#placed": n for it, n in hours.items()}}


def test_repeat_after_a_change_of_the_time_zone_is_the_same_fact(noon: datetime) -> None:
    for zone in ("Europe/Berlin", "Asia/Kolkata"):
        with override_settings(shop_time_zone=zone):
            record_fact(f"sold at {noon}", noon, [("placed", Total(1, 10))], now=noon)

    assert daily(noon.date()) == {"placed": Total(1, 10)}


def test_hour_with_too_many_facts_to_read_is_as_old_as_the_last_roll_up(
    noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(9):  # one of the eight shards has two
        count_sale(noon)
    monkeypatch.setattr(figures, "MAX_FACTS", 1)

    assert daily(noon.date()) == {}
    sum_up(f"{noon:%Y-%m-%dT%H}", now=noon)
    count_sale(noon)

    assert daily(noon.date()) == {"placed": Total(9, 90)}
