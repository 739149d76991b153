from dataclasses import replace

from app.verification import Snapshot
from tests.load.order_times import longest_event_delay, seconds_from_click_to
from tests.load.page_times import quantiles, summarize_pages
from tests.load.recorder import Recording
from tests.load.sample_results import (
    email_row,
    fact_row,
    ledger_row,
    order_rows,
    placed_record,
    request_record,
)
from tests.load.targets import Quantiles

ONE_ORDER = Recording(actions=[placed_record(ms=300)])


def rounded(durations: list[float]) -> list[float]:
    return [round(seconds, 3) for seconds in durations]


def test_quantiles_are_measured_values() -> None:
    assert quantiles(list(range(1, 101))) == Quantiles(50, 95, 99)
    assert quantiles([7]) == Quantiles(7, 7, 7)
    assert quantiles([1, 2]) == Quantiles(1, 2, 2)
    assert quantiles([]) == Quantiles(0, 0, 0)


def test_failed_requests_do_not_count_in_response_times() -> None:
    requests = [
        request_record(ms=100),
        request_record(ms=1, status=500, error="answered 500"),
        request_record("Cart", 30),
    ]

    cart, home = summarize_pages(requests)

    assert (cart.page, cart.requests, cart.errors) == ("Cart", 1, 0)
    assert (home.requests, home.errors, home.times.p50) == (2, 1, 100)


def test_click_to_paid_adds_the_response_time_and_the_payment() -> None:
    assert rounded(
        seconds_from_click_to("order_paid", ONE_ORDER, Snapshot(orders=order_rows(paid=0.5)))
    ) == [0.8]


def test_click_to_shipped_excludes_packing() -> None:
    snapshot = Snapshot(orders=order_rows(paid=0.5, packed=20, shipped=21))

    assert rounded(seconds_from_click_to("order_shipped", ONE_ORDER, snapshot)) == [1.3]


def test_orders_that_were_never_paid_are_not_counted() -> None:
    unpaid = [row for row in order_rows() if row.get("type") in (None, "order_placed")]

    assert seconds_from_click_to("order_paid", ONE_ORDER, Snapshot(orders=unpaid)) == []
    assert seconds_from_click_to("order_paid", ONE_ORDER, Snapshot()) == []


def test_event_delay_is_from_published_to_the_last_effect() -> None:
    snapshot = Snapshot(
        orders=[*order_rows(), email_row(3, 22)],
        sales=[fact_row(1, 0.4)],
        ledger=[ledger_row(0, 7.1)],
    )

    assert round(longest_event_delay(ONE_ORDER, snapshot), 3) == 7.0
    without_ledger = replace(snapshot, ledger=[])
    assert round(longest_event_delay(ONE_ORDER, without_ledger), 3) == 0.9


def test_event_delay_ignores_orders_of_other_runs() -> None:
    snapshot = Snapshot(orders=order_rows(), sales=[fact_row(1, 90)])

    assert longest_event_delay(Recording(actions=[placed_record("01OTHER")]), snapshot) == 0
