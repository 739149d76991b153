"""Orders of a deployed shop: paid, shipped, declined, reviewed and cancelled."""

import pytest
from ulid import ULID

from tests.aws.api_client import ApiClient, PlacedOrder
from tests.aws.merchant import Merchant

LONGEST_PACKING = 120  # seconds that a test waits for; `--set PackingSeconds=20` makes it short


def place_large_order(api: ApiClient) -> PlacedOrder:
    """An order whose total needs a review before it is charged."""
    variants = [it for product in api.products() for it in product["variants"]]
    dearest_first = sorted(variants, key=lambda it: it["price"], reverse=True)
    answers = (api.post_order(it["sku"], quantity=10) for it in dearest_first)
    # The first of which ten are in stock; the others answer with 409.
    return PlacedOrder(api.http, next(it.json() for it in answers if it.status_code == 201))


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


def test_large_order_is_charged_once_the_owner_approves_it(
    api: ApiClient, merchant: Merchant
) -> None:
    order = place_large_order(api)
    assert order.wait_for("reviewing", "paid")["status"] == "reviewing"

    merchant.decide(order.order_id, "approved")

    total = order.wait_for("paid", "cancelled")["total"]
    assert order.cancel().status_code == 200
    assert order.wait_for("cancelled")["refunded"] == total


def test_large_order_that_the_owner_rejects_is_not_charged(
    api: ApiClient, merchant: Merchant
) -> None:
    order = place_large_order(api)
    order.wait_for("reviewing")

    merchant.decide(order.order_id, "rejected")

    assert order.wait_for("cancelled")["refunded"] == 0


def test_large_order_can_be_cancelled_during_its_review(api: ApiClient) -> None:
    order = place_large_order(api)
    order.wait_for("reviewing")

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
