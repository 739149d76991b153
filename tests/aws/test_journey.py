"""Orders of a deployed shop: paid, shipped, declined, reviewed and cancelled."""

import time

import pytest
from ulid import ULID

from tests.aws.api_client import ApiClient

REVIEW_SECONDS = 15
LONGEST_PACKING = 120  # seconds that a test waits for; `--set PackingSeconds=20` makes it short


def test_order_is_paid_and_shipped(api: ApiClient, parameters: dict[str, str]) -> None:
    order = api.place(api.sku_in_stock())

    order.wait_for("paid", "shipping", "shipped")
    packing = float(parameters["PackingSeconds"])
    if packing > LONGEST_PACKING:
        pytest.skip(f"paid; not shipped, because packing takes {packing:.0f} s")
    assert order.wait_for("shipped", seconds=packing + 120)["tracking_code"]


def test_declined_card_releases_the_order(api: ApiClient) -> None:
    order = api.place(api.sku_in_stock(), payment="pm_declined")

    assert order.wait_for("declined")["status"] == "declined"


def test_paid_order_is_cancelled_and_refunded(api: ApiClient) -> None:
    order = api.place(api.sku_in_stock())
    total = order.wait_for("paid")["total"]

    assert order.cancel().status_code == 200

    assert order.wait_for("cancelled")["refunded"] == total


def test_large_order_waits_for_a_review_and_can_be_cancelled(api: ApiClient) -> None:
    variants = [it for product in api.products() for it in product["variants"]]
    available = [it for it in variants if it["availability"] == "in_stock"]
    dearest = max(available, key=lambda it: it["price"])

    order = api.place(dearest["sku"], quantity=10)

    time.sleep(REVIEW_SECONDS)
    assert order.read()["status"] == "placed"  # an order without a review is paid by now
    assert order.cancel().status_code == 200
    assert order.wait_for("cancelled")["refunded"] == 0


def test_repeated_request_returns_the_first_order(api: ApiClient) -> None:
    sku, key = api.sku_in_stock(), str(ULID())

    first, repeated = (api.post_order(sku, key=key) for _ in range(2))

    assert (first.status_code, repeated.status_code) == (201, 200)
    assert repeated.json()["order_id"] == first.json()["order_id"]
    assert api.place(sku).order_id != first.json()["order_id"]


def test_order_of_someone_else_is_not_found(api: ApiClient) -> None:
    order, other = api.place(api.sku_in_stock()), api.place(api.sku_in_stock())

    answer = api.http.get(f"/api/orders/{order.order_id}", headers=other._headers)

    assert answer.status_code == 404
