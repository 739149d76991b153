"""A date without a time zone: an order after midnight has the previous day, shopware#13026.

The shop's time zone is a parameter, and every day without a time is a day of that zone.
"""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo, available_timezones

import pytest
from fastapi.testclient import TestClient
from hypothesis import example, given
from hypothesis import strategies as st

from app.analytics.facts import record_fact
from app.analytics.figures import figures_of, hourly_figure
from app.analytics.report import Interval, SalesReport, _latest_hours, sales_report
from app.emails.templates import render_email
from app.i18n.locales import ENGLISH, GERMAN
from app.main import create_app
from app.orders.events import OrderPlaced
from app.orders.numbers import order_number
from app.orders.queries import day_reads
from app.persistence.audit_log import record_change
from app.persistence.dynamodb import retrying_transaction
from app.settings import Settings
from app.shop_time import shop_day, shop_time, start_of_day
from app.verification import Snapshot
from app.web.admin.sales import _interval_rows
from infra.build.bundles import ROOT
from infra.local.packaging import read_template
from tests.builders import LambdaContextStub, a_batch, an_order, an_order_in_status
from tests.fake_clouds import override_settings
from tests.unit.app.web.pages import page_text
from tests.unit.workers.queue_readers import events_of
from workers.analytics import figures, handler

pytestmark = pytest.mark.usefixtures("tables")

BERLIN = ZoneInfo("Europe/Berlin")
AFTER_MIDNIGHT = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)  # 00:30 on the 28th in Berlin
# Zones ahead of and behind UTC, by 45 minutes more, and with clocks put back by 30.
ZONES = (
    "Europe/Berlin",
    "UTC",
    "America/Los_Angeles",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
)
zones = st.sampled_from(ZONES)
moments = st.integers(1_577_836_800, 2_145_916_800).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)  # 2020 to 2037
)
_years = count(2200)


def change_of_clocks(year: int, direction: str) -> date:
    """The day on which Berlin's clocks are put forward or back: a last Sunday of a month."""
    last = date(year, 3 if direction == "forward" else 10, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def _placed_on(day: date) -> set[str]:
    return {order.order_id for read in day_reads(day) for order in read()}


# --- one order after midnight ---------------------------------------------------------------


def test_order_after_midnight_has_the_day_of_the_shop() -> None:
    """The input of the report: the number and the email had the 27th."""
    order = an_order(now=AFTER_MIDNIGHT)

    assert order.number.startswith("HC-20261128-")
    assert order.order_id in _placed_on(date(2026, 11, 28))
    assert order.order_id not in _placed_on(date(2026, 11, 27))


def test_email_of_an_order_after_midnight_has_the_day_of_the_shop() -> None:
    order = an_order(now=AFTER_MIDNIGHT)
    context = {"order": order, "link": "https://shop.example", "event": None}

    assert "28 November 2026" in render_email("order_placed", ENGLISH, **context).text
    assert "28. November 2026" in render_email("order_placed", GERMAN, **context).html


def test_sales_of_an_order_after_midnight_are_those_of_the_day_of_the_shop() -> None:
    moment = datetime(next(_years), 11, 27, 23, 30, tzinfo=UTC)

    handler(a_batch(*events_of(an_order(now=moment))), LambdaContextStub())

    assert figures_of(date(moment.year, 11, 27)) == {}
    assert figures_of(date(moment.year, 11, 28))["hour#00+0100#placed"].count == 1


def test_pages_show_day_and_time_of_the_shop(merchant: TestClient) -> None:
    order = an_order_in_status("shipped")  # placed at 12:00 UTC, shipped a day later

    page = page_text(merchant.get(f"/admin/orders/{order.order_id}"))

    assert "14:00:00 CEST" in page
    assert "13 June 2031, 14:00:00 CEST" in page
    assert "UTC" not in page


def test_board_of_a_day_has_the_orders_of_the_shop_day(merchant: TestClient) -> None:
    order = an_order_in_status("declined", now=datetime(2035, 6, 11, 22, 30, tzinfo=UTC))

    assert order.number in merchant.get("/admin?day=2035-06-12").text
    assert order.number not in merchant.get("/admin?day=2035-06-11").text


def test_audit_log_of_a_month_begins_at_midnight_of_the_shop(merchant: TestClient) -> None:
    year = next(_years)
    with retrying_transaction() as transaction:
        for day, hour, summary in ((28, 22, "In February"), (28, 23, "In March")):
            moment = datetime(year, 2, day, hour, 30, tzinfo=UTC)
            record_change(transaction, summary, path="/admin", by="anna", now=moment)

    march = page_text(merchant.get(f"/admin/audit-log?month={year}-03"))
    february = page_text(merchant.get(f"/admin/audit-log?month={year}-02"))

    assert f"In March anna 1 March {year}, 00:30:00 CET" in march
    assert "In February" not in march
    assert "In February" in february
    assert "In March" not in february


def test_time_has_the_short_name_of_its_zone() -> None:
    names = {
        lang.code: [lang.format_time(datetime(2031, month, 1, 12, tzinfo=UTC)) for month in (1, 7)]
        for lang in (ENGLISH, GERMAN)
    }

    assert names == {
        "en": ["13:00:00 CET", "14:00:00 CEST"],
        "de": ["13:00:00 MEZ", "14:00:00 MESZ"],
    }


# --- days of 23 and 25 hours ----------------------------------------------------------------


def count_orders_of(day: date) -> int:
    """Count one order in each half hour of the day. Returns how many that are."""
    moment, orders = start_of_day(day).astimezone(UTC), 0
    while shop_day(moment) == day:
        placed = OrderPlaced(
            event_id=f"event at {moment}",
            order_id=f"order at {moment}",
            occurred_at=moment,
            lines=(),
            total=100,
            currency="EUR",
            needs_review=False,
        )
        record_fact(placed.event_id, moment, figures(placed), now=moment)
        moment, orders = moment + timedelta(minutes=30), orders + 1
    return orders


def hourly_counts(day: date) -> dict[str, int]:
    """The number of orders by hour, from midnight on."""
    names = sorted(figures_of(day).items(), key=lambda it: it[0].replace("+0100", "+9"))
    return {name[5:12]: it.count for name, it in names if name.startswith("hour#")}


@pytest.mark.parametrize(("clocks", "hours"), [("forward", 23), ("back", 25)])
def test_day_on_which_clocks_change_adds_up(clocks: str, hours: int) -> None:
    day = change_of_clocks(next(_years), clocks)

    orders = count_orders_of(day)

    by_hour = hourly_counts(day)
    assert orders == 2 * hours
    assert len(by_hour) == hours
    assert set(by_hour.values()) == {2}
    assert figures_of(day)["placed"].count == orders


def test_24_hours_across_a_change_of_clocks_show_each_hour_once() -> None:
    day = change_of_clocks(next(_years), "back")
    count_orders_of(day)

    start_of_next_day = start_of_day(day + timedelta(days=1)).astimezone(UTC)
    report = sales_report("24h", start_of_next_day - timedelta(minutes=1))

    starts = [f"{it.start:%H:%M %Z}" for it in report.intervals]
    assert len(set(starts)) == 24
    assert starts[:3] == ["01:00 CEST", "02:00 CEST", "02:00 CET"]
    assert {it.placed for it in report.intervals} == {2}


def test_days_around_a_change_of_clocks_are_separate() -> None:
    day = change_of_clocks(next(_years), "back")
    for each in (day - timedelta(days=1), day, day + timedelta(days=1)):
        count_orders_of(each)

    report = sales_report("7d", start_of_day(day + timedelta(days=1)) + timedelta(hours=12))

    assert [it.placed for it in report.intervals] == [0, 0, 0, 0, 48, 50, 48]
    assert f"{report.intervals[-1].start:%H:%M}" == "00:00"


def test_csv_export_distinguishes_the_two_hours_of_a_name() -> None:
    start = datetime(2031, 10, 26, 2, tzinfo=BERLIN)
    intervals = tuple(Interval(start.replace(fold=fold), 1, 1, 100, 0) for fold in (0, 1))

    rows = list(_interval_rows(SalesReport(intervals, (), {})))

    assert [row[:2] for row in rows] == [
        ("2031-10-26 02:00", "UTC+02:00"),
        ("2031-10-26 02:00", "UTC+01:00"),
    ]


# --- the setting ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["", "Berlin", "europe/berlin", "Europe", "CEST", "../Berlin", "/etc/localtime", "+1"]
)
def test_unknown_time_zone_stops_the_application_at_its_start(name: str) -> None:
    with (
        override_settings(shop_time_zone=name),
        pytest.raises(ValueError, match="set an IANA time zone such as Europe/Berlin"),
    ):
        create_app()


def test_time_zone_is_a_parameter_of_the_template() -> None:
    template = read_template(ROOT / "infra/template.yaml")
    parameter = template["Parameters"]["ShopTimeZone"]
    pattern = re.compile(parameter["AllowedPattern"])

    assert parameter["Default"] == Settings().shop_time_zone == Snapshot().time_zone
    assert all(pattern.search(name) for name in available_timezones() if "/" in name)
    assert not pattern.search("Europe/Berlin; rm")


@pytest.mark.parametrize("zone", ZONES)
def test_days_follow_the_setting(zone: str) -> None:
    with override_settings(shop_time_zone=zone):
        assert shop_day(AFTER_MIDNIGHT) == AFTER_MIDNIGHT.astimezone(ZoneInfo(zone)).date()


# --- properties -----------------------------------------------------------------------------


@given(moment=moments, zone=zones)
@example(moment=AFTER_MIDNIGHT, zone="Europe/Berlin")
@example(moment=datetime(2031, 4, 5, 15, 10, tzinfo=UTC), zone="Australia/Lord_Howe")
def test_moment_lies_in_its_day(moment: datetime, zone: str) -> None:
    with override_settings(shop_time_zone=zone):
        day = shop_day(moment)

        assert start_of_day(day) <= moment < start_of_day(day + timedelta(days=1))
        assert order_number(day, "0" * 26)[3:11] == f"{day:%Y%m%d}"
        assert shop_time(moment).timestamp() == moment.timestamp()
        assert ENGLISH.format_day(moment) == ENGLISH.format_day(day)


@given(moment=moments, zone=zones, hours=st.integers(1, 30))
@example(moment=datetime(2031, 10, 25, 23, 59, tzinfo=UTC), zone="Europe/Berlin", hours=3)
def test_hours_of_a_day_have_different_names(moment: datetime, zone: str, hours: int) -> None:
    """Two moments have the same day and hour if and only if the clock shows the same hour."""
    with override_settings(shop_time_zone=zone):
        later = moment + timedelta(hours=hours)
        first, second = ((shop_day(it), hourly_figure("paid", it)) for it in (moment, later))

        assert first != second


@given(moment=moments, zone=zones)
@example(moment=datetime(2031, 10, 26, 12, tzinfo=UTC), zone="Europe/Berlin")
@example(moment=datetime(2031, 3, 30, 12, 30, tzinfo=UTC), zone="Europe/Berlin")
@example(moment=datetime(2031, 4, 5, 16, 45, tzinfo=UTC), zone="Australia/Lord_Howe")
def test_latest_24_hours_end_now_and_have_no_gap(moment: datetime, zone: str) -> None:
    with override_settings(shop_time_zone=zone):
        hours = _latest_hours(moment)
        of_orders = {
            (shop_day(it), hourly_figure("", it))
            for it in (moment - timedelta(minutes=n) for n in range(0, 22 * 60, 15))
        }

        assert len(hours) == len(set(hours)) == 24
        assert hours[-1][1] == hourly_figure("", moment)
        assert of_orders <= {(start.date(), prefix) for start, prefix in hours}
