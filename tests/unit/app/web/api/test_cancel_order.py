"""Cancelling by the API: idempotent, by the order's token, and conditional by ``If-Match``."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from app.aws.secrets import signing_secret
from app.orders.cancellation import cancel_order
from app.orders.models import Order
from app.orders.payment import charge
from app.orders.signed_links import order_key
from app.orders.transitions import find_order
from tests.builders import NOON, a_product, an_order, an_order_in_status, counters
from tests.unit.workers.queue_readers import events_of


def cancel(browser: TestClient, order: Order, token: str = "", **headers: str) -> Response:
    bearer = token or order_key(order.order_id, signing_secret())
    response: Response = browser.post(
        f"/api/orders/{order.order_id}/cancel",
        headers={"Authorization": f"Bearer {bearer}", **headers},
    )
    return response


def read(browser: TestClient, order: Order) -> Response:
    token = order_key(order.order_id, signing_secret())
    headers = {"Authorization": f"Bearer {token}"}
    response: Response = browser.get(f"/api/orders/{order.order_id}", headers=headers)
    return response


def test_unpaid_order_is_cancelled_at_once_and_a_repeat_changes_nothing(
    browser: TestClient,
) -> None:
    order = an_order(product := a_product())

    answers = [cancel(browser, order) for _ in range(3)]

    assert [it.status_code for it in answers] == [200, 200, 200]
    assert {it.json()["status"] for it in answers} == {"cancelled"}
    assert {it.json()["close_reason"] for it in answers} == {"customer_request"}
    assert len({it.headers["ETag"] for it in answers}) == 1
    assert counters(product) == (20, 0, 0)
    assert [it.type for it in events_of(order)] == ["order_placed", "order_cancelled"]


def test_paid_order_is_to_be_cancelled_and_refunded(browser: TestClient) -> None:
    order = an_order_in_status("paid")
    assert read(browser, order).json()["cancel_requested"] is False

    body = cancel(browser, order).json()

    assert (body["status"], body["cancel_requested"]) == ("paid", True)
    assert cancel(browser, order).json() == body
    assert [it.type for it in events_of(order)].count("order_cancel_requested") == 1


@pytest.mark.parametrize("status", ["shipping", "shipped", "declined"])
def test_order_that_can_no_longer_be_cancelled_is_a_409_problem(
    browser: TestClient, status: str
) -> None:
    order = an_order_in_status(status)

    response = cancel(browser, order)

    assert response.status_code == 409
    assert response.headers["Content-Type"] == "application/problem+json"
    assert find_order(order.order_id).status == status


def test_another_orders_token_cancels_nothing(browser: TestClient) -> None:
    order, other = an_order(), an_order()

    answers: list[Any] = [
        cancel(browser, order, order_key(other.order_id, signing_secret())),
        cancel(browser, order, "nonsense"),
        browser.post(f"/api/orders/{order.order_id}/cancel"),
    ]

    assert [it.status_code for it in answers] == [404, 404, 404]
    assert find_order(order.order_id).status == "placed"


def test_if_match_cancels_the_order_that_was_read(browser: TestClient) -> None:
    order = an_order()

    response = cancel(browser, order, **{"If-Match": read(browser, order).headers["ETag"]})

    assert response.json()["status"] == "cancelled"
    assert read(browser, order).headers["ETag"] == response.headers["ETag"]


def test_if_match_leaves_an_order_that_has_changed_meanwhile(browser: TestClient) -> None:
    order = an_order_in_status("placed")
    etag = read(browser, order).headers["ETag"]
    charge(order.order_id, now=NOON)

    response = cancel(browser, order, **{"If-Match": etag})

    assert (response.status_code, response.json()["status"]) == (412, 412)
    assert not find_order(order.order_id).cancel_requested


def test_change_between_the_comparison_and_the_cancellation_is_a_412_too(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = an_order_in_status("placed")
    etag = read(browser, order).headers["ETag"]

    def charge_first(order_id: str, **arguments: Any) -> Order:
        charge(order_id, now=NOON)
        return cancel_order(order_id, **arguments)

    monkeypatch.setattr("app.web.api.orders.cancel_order", charge_first)

    assert cancel(browser, order, **{"If-Match": etag}).status_code == 412
    assert not find_order(order.order_id).cancel_requested


def test_repeat_with_the_old_etag_returns_the_cancelled_order(browser: TestClient) -> None:
    order = an_order()
    etag = {"If-Match": read(browser, order).headers["ETag"]}

    assert [cancel(browser, order, **etag).status_code for _ in range(2)] == [200, 200]


def test_erased_order_is_gone(browser: TestClient) -> None:
    order = an_order_in_status("cancelled")
    order.update(actions=[Order.erasure.set("complete")])

    assert cancel(browser, order).status_code == 410
