"""Discount codes in the orders API."""

from fastapi.testclient import TestClient

from app.discounts.entry import ENTRIES_PER_NETWORK
from app.discounts.terms import end_discount, find_own_discount
from tests.builders import NOON, a_discount, a_product, sku_of
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.api.test_api import _json_of, _new_key, _place, order_body


def test_order_with_a_code_has_the_discount_in_its_answer(browser: TestClient) -> None:
    code = a_discount().code
    body = order_body((sku_of(a_product()), 1), discount_code=code.lower())

    order = _json_of(_place(browser, body), 201)

    amounts = [order[it] for it in ("subtotal", "discount", "shipping", "total")]
    assert amounts == [2_450, 245, 590, 2_795]
    assert order["discount_code"] == code


def test_order_without_a_code_has_no_discount(browser: TestClient) -> None:
    order = _json_of(_place(browser, order_body((sku_of(a_product()), 1))), 201)

    assert (order["discount"], order["discount_code"]) == (0, None)


def test_retry_with_the_same_key_redeems_once(browser: TestClient) -> None:
    discount, key = a_discount(max_redemptions=1), _new_key()
    body = order_body((sku_of(a_product()), 1), discount_code=discount.code)

    statuses = [_place(browser, body, key).status_code for _ in range(2)]

    assert statuses == [201, 200]
    assert find_own_discount(discount.code).redeemed == 1


def test_refused_code_is_a_problem_with_a_code_for_programs(browser: TestClient) -> None:
    discount = a_discount()
    end_discount(discount, now=NOON, by=MERCHANT)
    body = order_body((sku_of(a_product()), 1), discount_code=discount.code)

    problem = _json_of(_place(browser, body), 409)

    assert problem["code"] == "discount_ended"
    assert problem["detail"] == f"The discount code {discount.code} has ended."


def test_malformed_code_is_a_validation_error(browser: TestClient) -> None:
    body = order_body((sku_of(a_product()), 1), discount_code="10% off")

    problem = _json_of(_place(browser, body), 422)

    assert problem["errors"][0]["location"] == "body/discount_code"


def test_codes_cannot_be_guessed_faster_than_on_the_pages(browser: TestClient) -> None:
    sku = sku_of(a_product())
    for number in range(ENTRIES_PER_NETWORK.max_hits):
        _place(browser, order_body((sku, 1), discount_code=f"GUESS-{number}"))

    limited = _place(browser, order_body((sku, 1), discount_code=a_discount().code))

    assert _json_of(limited, 429)["status"] == 429
    assert int(limited.headers["Retry-After"]) > 0
