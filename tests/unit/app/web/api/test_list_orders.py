"""A customer's list of orders: by session, page by page with a signed cursor."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app.orders.models import Order
from tests.builders import NOON, an_order
from tests.unit.app.web.pages import sign_in_as


def orders_of(email: str, number: int) -> list[str]:
    """The ids of new orders of this address, newest first."""
    placed = [an_order(email=email, now=NOON + timedelta(minutes=n)) for n in range(number)]
    return [order.order_id for order in reversed(placed)]


def an_address() -> str:
    return f"{ULID()}@potter.example".lower()


def pages(browser: TestClient, limit: int) -> list[dict[str, Any]]:
    found, params = [], {"limit": str(limit)}
    while True:
        response = browser.get("/api/orders", params=params)
        assert response.status_code == 200
        found.append(response.json())
        assert ("Link" in response.headers) == bool(found[-1]["next"])
        if not found[-1]["next"]:
            return found
        params["cursor"] = found[-1]["next"]


def ids(page: dict[str, Any]) -> list[str]:
    return [order["order_id"] for order in page["orders"]]


def test_all_orders_of_the_customer_are_listed_page_by_page(browser: TestClient) -> None:
    email = an_address()
    expected = orders_of(email, 5)
    orders_of(an_address(), 1)
    sign_in_as(browser, email)

    found = pages(browser, 2)

    assert [ids(page) for page in found] == [expected[:2], expected[2:4], expected[4:]]
    assert pages(browser, 50) == [
        {"orders": [it for page in found for it in page["orders"]], "next": None}
    ]


def test_order_that_is_placed_meanwhile_neither_repeats_nor_hides_another(
    browser: TestClient,
) -> None:
    email = an_address()
    expected = orders_of(email, 4)
    sign_in_as(browser, email)
    first = browser.get("/api/orders", params={"limit": "2"}).json()

    an_order(email=email, now=NOON + timedelta(hours=1))
    second = browser.get("/api/orders", params={"limit": "2", "cursor": first["next"]}).json()

    assert ids(first) + ids(second) == expected


def test_without_a_customers_session_the_answer_is_a_401_problem(
    browser: TestClient, another: TestClient
) -> None:
    another.cookies.set("visitor", "x" * 43)
    for caller in (browser, another):
        response = caller.get("/api/orders")

        assert response.status_code == 401
        assert response.headers["Content-Type"] == "application/problem+json"
        assert "Location" not in response.headers


def test_cursor_is_opaque_signed_and_for_its_customer_only(
    browser: TestClient, another: TestClient
) -> None:
    mine, theirs = an_address(), an_address()
    orders_of(mine, 3)
    orders_of(theirs, 3)
    sign_in_as(browser, mine)
    sign_in_as(another, theirs)
    cursor = browser.get("/api/orders", params={"limit": "1"}).json()["next"]

    changed = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    for caller, wrong in ((another, cursor), (browser, changed), (browser, "nonsense")):
        response = caller.get("/api/orders", params={"cursor": wrong})
        assert response.status_code == 400
        assert "cursor is not valid" in response.json()["detail"]
    assert mine not in cursor


@pytest.mark.parametrize("limit", ["0", "51", "-1", "x", "1e9", "٣"])
def test_limit_is_a_number_from_one_to_fifty(browser: TestClient, limit: str) -> None:
    sign_in_as(browser, an_address())

    assert browser.get("/api/orders", params={"limit": limit}).status_code == 422


def test_unchanged_list_is_304_and_an_erased_order_is_left_out(browser: TestClient) -> None:
    email = an_address()
    newest, oldest = orders_of(email, 2)
    sign_in_as(browser, email)
    etag = browser.get("/api/orders").headers["ETag"]
    unchanged = browser.get("/api/orders", headers={"If-None-Match": etag})
    assert (unchanged.status_code, unchanged.headers["Cache-Control"]) == (304, "no-store")

    Order(newest, "order").update(actions=[Order.erasure.set("complete")])

    response = browser.get("/api/orders", headers={"If-None-Match": etag})
    assert response.status_code == 200
    assert ids(response.json()) == [oldest]
