"""The books are read from a cloud as they lie there, and letters find their events."""

import pytest

from app.orders.models import Order
from app.verification import at_any_time
from app.verification.emails import sent_letters
from app.verification.snapshot import Breach, SentLetter
from infra.cli.verify import breaches_in, compared
from infra.local.cloud import LocalCloud
from infra.local.console.emails import Letter
from infra.local.faults.switchboard import Switchboard
from infra.ops.deployed_stack import Deployed
from infra.ops.verification_data import read_books, steady_books
from tests.builders import NOON, a_product, an_order_in_status, sku_of
from tests.unit.workers.queue_readers import events_of

AFTER = NOON.replace(year=2032)


def breaches_about(tables: LocalCloud, *about: str) -> list[Breach]:
    """Other tests leave their books open on this cloud, so only what is about ours counts."""
    books = read_books(Deployed.on(tables))
    return [it for it in breaches_in(books, now=NOON) if it.about in about]


def a_letter(order: Order, *, desk: bool = False) -> Letter:
    door = "/admin" if desk else ""
    text = f"See http://localhost:8000{door}/orders/{order.order_id}?key=abc for more."
    return Letter("1", "shop@x.example", ("ada@x.example",), "Danke!", NOON, text, "")


@pytest.mark.parametrize("status", ["placed", "paid", "shipped", "declined", "cancelled"])
def test_what_the_rules_write_balances(tables: LocalCloud, status: str) -> None:
    product = a_product()
    order = an_order_in_status(status, product)

    assert breaches_about(tables, order.order_id, sku_of(product)) == []


def test_an_order_whose_row_is_wrong_is_named(tables: LocalCloud) -> None:
    order = an_order_in_status("shipped")
    order.update(actions=[Order.total.set(order.total + 1)])

    found = breaches_about(tables, order.order_id)

    assert "M5" in {it.invariant for it in found}


def test_an_order_that_stands_still_is_named_and_one_on_its_way_is_not(tables: LocalCloud) -> None:
    order = an_order_in_status("paying")
    books = read_books(Deployed.on(tables))

    late = [it for it in breaches_in(books, now=AFTER) if it.about == order.order_id]

    assert [it.says for it in late] == ["it is paying longer than it should be."]
    assert breaches_about(tables, order.order_id) == []


def test_forced_outcome_of_the_carrier_is_not_a_parcel(tables: LocalCloud) -> None:
    board = Switchboard(tables)
    board.switch_on("silent-carrier")
    try:
        assert "forced_outcome" not in {it.about for it in at_any_time(read_books(Deployed.on(tables)))}
    finally:
        board.clear()


def test_it_says_what_it_compared(tables: LocalCloud) -> None:
    an_order_in_status("shipped")
    books = steady_books(Deployed.on(tables))

    assert books
    assert f"Compared {len(books.placed)} orders, " in compared(books)


def test_each_letter_is_about_one_event_and_a_second_one_is_seen(tables: LocalCloud) -> None:
    order = an_order_in_status("shipped")
    books = read_books(Deployed.on(tables))
    placed, _, shipped = (it.event_id for it in events_of(order))

    def about(number: int) -> list[SentLetter]:
        return sent_letters([a_letter(order)] * number, books.events)

    assert [it.event_id for it in about(1)] == [shipped]
    assert sorted(it.event_id for it in about(2)) == [placed, shipped]
    assert sorted(it.event_id for it in about(3)) == [placed, shipped, shipped]


def test_a_letter_to_merchants_is_not_a_customers(tables: LocalCloud) -> None:
    order = an_order_in_status("shipped")
    books = read_books(Deployed.on(tables))

    (letter,) = sent_letters([a_letter(order, desk=True)], books.events)

    assert letter.event_id == f"{order.order_id}-unknown"
