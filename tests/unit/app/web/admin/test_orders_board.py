from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from app.orders.compensation import open_case
from app.orders.models import Order, shards
from tests.builders import NOON, an_order, an_order_that_is
from tests.unit.app.web.pages import PART, heading, words

NOONS_DAY = f"/desk?day={NOON:%Y-%m-%d}"


@pytest.fixture(autouse=True)
def _an_empty_board(tables: None) -> None:
    """What other tests have left open would push ours off the board."""
    for shard in shards("open"):
        for order in Order.open.query(shard):
            order.delete()


def _column(page: str, name: str) -> str:
    return next(part for part in page.split("<section ") if f"</span> {name}</h2>" in part)


@pytest.mark.parametrize(
    ("status", "column"),
    [
        ("placed", "New"),
        ("reviewing", "To review"),
        ("paying", "Paying"),
        ("paid", "Packing"),
        ("shipping", "Leaving"),
        ("refunding", "Leaving"),
        ("releasing", "Leaving"),
    ],
)
def test_each_open_order_stands_in_the_column_of_its_status(
    merchant: TestClient, status: str, column: str
) -> None:
    order = an_order_that_is(status)

    page = merchant.get("/desk").text

    assert order.order_id in _column(page, column)
    assert page.count(f"/desk/orders/{order.order_id}") == 1


def test_an_order_with_a_case_stands_with_the_problems_only(merchant: TestClient) -> None:
    order = an_order_that_is("paying")
    open_case(order.order_id, "The provider is silent.", "a test", now=NOON)

    page = merchant.get("/desk").text

    assert order.order_id in _column(page, "Problem")
    assert "The provider is silent." in page
    assert page.count(f"/desk/orders/{order.order_id}") == 1


@pytest.mark.parametrize("status", ["shipped", "declined", "cancelled"])
def test_what_is_closed_is_found_under_its_day(merchant: TestClient, status: str) -> None:
    order = an_order_that_is(status)

    assert order.order_id in merchant.get(NOONS_DAY).text
    assert order.order_id not in merchant.get("/desk").text


def test_the_board_asks_again_for_the_day_it_shows(merchant: TestClient) -> None:
    part = merchant.get(NOONS_DAY, headers=PART).text

    assert part.lstrip().startswith('<div id="board"')
    assert f'hx-get="{NOONS_DAY}"' in part
    assert "<html" not in part


@pytest.mark.parametrize("day", ["yesterday", "2031-02-30", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_none_is_refused(merchant: TestClient, day: str) -> None:
    assert merchant.get("/desk", params={"day": day}).status_code == 422


def test_an_order_is_found_by_its_number_and_by_its_id(merchant: TestClient) -> None:
    order = an_order(now=datetime.now(UTC))

    for wanted in (order.number, f" {order.number.lower()} ", order.order_id):
        answer = merchant.get("/desk", params={"find": wanted})

        assert answer.status_code == 303
        assert answer.headers["location"] == f"/desk/orders/{order.order_id}"


def test_orders_are_found_by_the_address_they_write_to(merchant: TestClient) -> None:
    orders = [an_order(), an_order()]

    found = merchant.get("/desk", params={"find": "Ada@Potter.example"}).text

    assert all(order.number in found for order in orders)


@pytest.mark.parametrize("wanted", ["HC-0101-00000", "nobody@nowhere.example", "?", "<b>"])
def test_what_is_not_there_is_said_plainly(merchant: TestClient, wanted: str) -> None:
    answer = merchant.get("/desk", params={"find": wanted})

    assert answer.status_code == 200
    assert heading(answer).startswith("No orders for")
    assert f"“{wanted}”" in words(answer)
