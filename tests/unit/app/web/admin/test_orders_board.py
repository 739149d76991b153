from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from app.orders.issues import open_issue
from app.orders.models import Order, shards
from tests.builders import NOON, an_issue, an_order, an_order_in_status
from tests.unit.app.web.pages import FRAGMENT_HEADERS, heading, page_text

NOONS_DAY = f"/admin?day={NOON:%Y-%m-%d}"


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
        ("shipping", "Shipping or refunding"),
        ("refunding", "Shipping or refunding"),
        ("releasing", "Shipping or refunding"),
    ],
)
def test_each_open_order_stands_in_the_column_of_its_status(
    merchant: TestClient, status: str, column: str
) -> None:
    order = an_order_in_status(status)

    page = merchant.get("/admin").text

    assert order.order_id in _column(page, column)
    assert page.count(f"/admin/orders/{order.order_id}") == 1


def test_an_order_with_a_case_stands_with_the_problems_only(merchant: TestClient) -> None:
    order = an_order_in_status("paying")
    open_issue(order.order_id, an_issue())

    page = merchant.get("/admin").text

    assert order.order_id in _column(page, "Needs attention")
    assert "The payment could not be completed." in page
    assert page.count(f"/admin/orders/{order.order_id}") == 1


@pytest.mark.parametrize("status", ["shipped", "declined", "cancelled"])
def test_what_is_closed_is_found_under_its_day(merchant: TestClient, status: str) -> None:
    order = an_order_in_status(status)

    assert order.order_id in merchant.get(NOONS_DAY).text
    assert order.order_id not in merchant.get("/admin").text


def test_the_board_asks_again_for_the_day_it_shows(merchant: TestClient) -> None:
    part = merchant.get(NOONS_DAY, headers=FRAGMENT_HEADERS).text

    assert part.lstrip().startswith('<div id="board"')
    assert f'hx-get="{NOONS_DAY}"' in part
    assert "<html" not in part


@pytest.mark.parametrize("day", ["yesterday", "2031-02-30", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_none_is_refused(merchant: TestClient, day: str) -> None:
    assert merchant.get("/admin", params={"day": day}).status_code == 422


def test_an_order_is_found_by_its_number_and_by_its_id(merchant: TestClient) -> None:
    order = an_order(now=datetime.now(UTC))

    for wanted in (order.number, f" {order.number.lower()} ", order.order_id):
        answer = merchant.get("/admin", params={"find": wanted})

        assert answer.status_code == 303
        assert answer.headers["location"] == f"/admin/orders/{order.order_id}"


def test_orders_are_found_by_the_address_they_write_to(merchant: TestClient) -> None:
    orders = [an_order(), an_order()]

    found = merchant.get("/admin", params={"find": "Ada@Potter.example"}).text

    assert all(order.number in found for order in orders)


@pytest.mark.parametrize("wanted", ["HC-0101-00000", "nobody@nowhere.example", "?", "<b>"])
def test_what_is_not_there_is_said_plainly(merchant: TestClient, wanted: str) -> None:
    answer = merchant.get("/admin", params={"find": wanted})

    assert answer.status_code == 200
    assert heading(answer).startswith("No orders for")
    assert f"“{wanted}”" in page_text(answer)
