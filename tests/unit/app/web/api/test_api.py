"""The JSON API: products, idempotent orders, and orders read with their token."""

import secrets
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from app.orders.models import Order
from app.orders.numbers import read_order_id
from app.web.api.orders import order_id_for
from tests.builders import a_product, a_sku, an_order, counters, sku_of

ADDRESS = {
    "name": "Ada Potter",
    "street": "12 Kiln Row",
    "postal_code": "56203",
    "city": "Höhr-Grenzhausen",
    "country": "DE",
}


def order_body(*lines: tuple[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
        "email": "Ada@Potter.example",
        "address": ADDRESS,
        "payment_method": "pm_succeeds",
        **changes,
    }


def _new_key() -> str:
    return secrets.token_urlsafe(24)


def _place(browser: TestClient, body: Any, key: str = "") -> Response:
    response: Response = browser.post(
        "/api/orders", json=body, headers={"Idempotency-Key": key or _new_key()}
    )
    return response


def _json_of(response: Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    kind = "application/json" if status < 400 else "application/problem+json"
    assert response.headers["content-type"] == kind
    body: dict[str, Any] = response.json()
    return body


def test_product_list_states_the_availability_of_each_variant(browser: TestClient) -> None:
    many, few, none = a_product(quantity=6), a_product(quantity=5), a_product(quantity=0)

    listed = _json_of(browser.get("/api/products"), 200)["products"]

    words = {it["slug"]: it["variants"][0]["availability"] for it in listed}
    assert [words[it.slug] for it in (many, few, none)] == ["in_stock", "few_left", "sold_out"]


def test_a_product_has_its_price_in_cents(browser: TestClient) -> None:
    product = a_product(price=2_450)

    body = _json_of(browser.get(f"/api/products/{product.slug}"), 200)

    assert (body["price"], body["currency"]) == (2_450, "EUR")
    assert body["variants"][0]["sku"] == sku_of(product)


def test_product_list_can_be_filtered_by_category(browser: TestClient) -> None:
    product = a_product()

    vases = browser.get("/api/products", params={"category": product.category}).json()
    other = browser.get("/api/products", params={"category": "No such category"}).json()

    assert product.slug in [it["slug"] for it in vases["products"]]
    assert other == {"products": [], "next": None}


def test_an_unknown_product_is_a_404_problem(browser: TestClient) -> None:
    assert _json_of(browser.get("/api/products/no-such-thing"), 404)["status"] == 404


def test_an_order_is_placed_and_its_stock_reserved(browser: TestClient) -> None:
    product = a_product(price=2_450)

    response = _place(browser, order_body((sku_of(product), 2)))

    body = _json_of(response, 201)
    assert response.headers["location"] == f"/api/orders/{body['order_id']}"
    assert (body["status"], body["total"], body["currency"]) == ("placed", 5_490, "EUR")
    assert counters(product) == (18, 2, 0)
    assert "set-cookie" not in response.headers


def test_idempotency_key_returns_the_first_order_on_a_retry(browser: TestClient) -> None:
    product, key = a_product(), _new_key()
    first = _json_of(_place(browser, order_body((sku_of(product), 2)), key), 201)

    again = _json_of(
        _place(browser, order_body((sku_of(product), 1), (sku_of(product), 1)), key), 200
    )

    assert again["order_id"] == first["order_id"]
    assert counters(product) == (18, 2, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "eve@potter.example"},
        {"payment_method": "pm_declined"},
        {"address": {**ADDRESS, "name": "Eve Potter"}},
    ],
)
def test_idempotency_key_with_another_order_is_rejected(
    browser: TestClient, changes: dict[str, Any]
) -> None:
    product, key = a_product(), _new_key()
    _place(browser, order_body((sku_of(product), 2)), key)

    _json_of(_place(browser, order_body((sku_of(product), 2), **changes), key), 422)
    _json_of(_place(browser, order_body((sku_of(product), 3)), key), 422)

    assert counters(product) == (18, 2, 0)


@pytest.mark.parametrize("key", [None, "", "x" * 19, "x" * 256, "x" * 19 + " !", "x" * 19 + "é"])
def test_a_missing_or_invalid_idempotency_key_is_a_400(
    browser: TestClient, key: str | None
) -> None:
    product = a_product()
    headers = {} if key is None else {"Idempotency-Key": key.encode()}

    response = browser.post("/api/orders", json=order_body((sku_of(product), 1)), headers=headers)

    assert _json_of(response, 400)["errors"][0]["location"] == "header/Idempotency-Key"
    assert counters(product) == (20, 0, 0)


def test_order_id_is_derived_from_the_idempotency_key() -> None:
    assert order_id_for("a" * 20) == order_id_for("a" * 20) != order_id_for("b" * 20)
    order_id = order_id_for("a" * 20)
    assert read_order_id(order_id) == order_id


def test_an_order_beyond_the_stock_reserves_nothing(browser: TestClient) -> None:
    plenty, few = a_product(), a_product(quantity=2)

    _json_of(_place(browser, order_body((sku_of(plenty), 1), (sku_of(few), 3))), 409)

    assert counters(plenty) == (20, 0, 0)


@pytest.mark.parametrize("quantity", [0, -1, 11, 1.5, 1.0, "1", True, None, 2**31, 10**40])
def test_a_quantity_is_a_whole_number_from_one_to_ten(browser: TestClient, quantity: Any) -> None:
    _json_of(_place(browser, order_body((sku_of(a_product()), quantity))), 422)


def test_order_limits_apply_to_merged_lines(browser: TestClient) -> None:
    sku = sku_of(a_product(quantity=50))

    _json_of(_place(browser, order_body((sku, 10), (sku, 1))), 422)
    _json_of(_place(browser, order_body(*[(a_sku(), 1) for _ in range(31)])), 422)


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": []},
        {"lines": [{"sku": "UNKNOWN-SKU", "quantity": 1}]},
        {"lines": [{"sku": "UNKNOWN-SKU", "quantity": 1, "price": 1}]},
        {"total": 1},
        {"email": "a@b"},
        {"email": "ada@potter.example\nBcc: eve@potter.example"},
        {"payment_method": "cash"},
        {"address": {**ADDRESS, "postal_code": "ABC"}},
        {"address": {**ADDRESS, "country": "XX"}},
        {"address": {**ADDRESS, "name": "4242 4242 4242 4242"}},
        {"address": {**ADDRESS, "name": ""}},
        {"address": {**ADDRESS, "street": "x" * 101}},
        {"address": "12 Kiln Row"},
    ],
)
def test_an_invalid_order_is_rejected_and_reserves_nothing(
    browser: TestClient, changes: dict[str, Any]
) -> None:
    product = a_product()

    body = _json_of(_place(browser, order_body((sku_of(product), 1), **changes)), 422)

    assert "4242" not in str(body)
    assert counters(product) == (20, 0, 0)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"null", 422),
        (b"{", 400),
        (b"\xff", 400),
        (b'{"lines": [], "lines": []}', 400),
        (b'{"lines": NaN}', 400),
        (b'{"lines": [{"sku": "A", "quantity": 1e400}]}', 422),
        (b"9" * 5_000, 400),
        (b"[" * 10_000, 400),
        (b" " * (256 * 1024 + 1), 413),
    ],
)
def test_a_malformed_body_is_rejected(browser: TestClient, body: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": _new_key()}

    _json_of(browser.post("/api/orders", content=body, headers=headers), status)


@pytest.mark.parametrize("place", ["body", "address", "line"])
def test_only_the_first_errors_of_a_body_are_listed(browser: TestClient, place: str) -> None:
    """A body of 256 KB has room for 25,000 errors, whose problem would be 2 MB."""
    unknown = {f"field{number}": "" for number in range(2_000)}
    body = order_body(("SKU", 1))
    changes: dict[str, dict[str, Any]] = {
        "body": unknown,
        "address": {"address": ADDRESS | unknown},
        "line": {"lines": [{"sku": "SKU", "quantity": 1} | unknown]},
    }
    body |= changes[place]

    problem = _json_of(_place(browser, body), 422)

    assert problem["detail"] == "Validation failed; see the first 50 `errors`."
    assert [it["location"].split("/")[-1] for it in problem["errors"]] == [*unknown][:50]


def test_only_json_is_accepted(browser: TestClient) -> None:
    _json_of(
        browser.post("/api/orders", data={"a": "b"}, headers={"Idempotency-Key": _new_key()}), 415
    )


def test_an_order_is_read_with_its_token(browser: TestClient) -> None:
    placed = _json_of(_place(browser, order_body((sku_of(a_product()), 1))), 201)

    response = browser.get(
        f"/api/orders/{placed['order_id']}",
        headers={"Authorization": f"Bearer {placed['order_token']}"},
    )

    body = _json_of(response, 200)
    assert body == {name: it for name, it in placed.items() if name != "order_token"}


def test_close_reason_that_only_newer_code_knows_is_read_as_a_neutral_one(
    browser: TestClient,
) -> None:
    placed = _json_of(_place(browser, order_body((sku_of(a_product()), 1))), 201)
    Order(placed["order_id"]).update(actions=[Order.close_reason.set("newer_reason")])

    response = browser.get(
        f"/api/orders/{placed['order_id']}",
        headers={"Authorization": f"Bearer {placed['order_token']}"},
    )

    assert _json_of(response, 200)["close_reason"] == "merchant_request"


def test_an_order_without_its_own_token_is_not_found(browser: TestClient) -> None:
    mine = _json_of(_place(browser, order_body((sku_of(a_product()), 1))), 201)["order_token"]
    path = f"/api/orders/{an_order().order_id}"

    responses = [
        browser.get(path),
        browser.get(path, headers={"Authorization": f"Bearer {mine}"}),
        browser.get(path, headers={"Authorization": "Basic eDp5"}),
        browser.get("/api/orders/0", headers={"Authorization": f"Bearer {mine}"}),
    ]

    bodies = [{**it.json(), "request_id": ""} for it in responses]
    assert {it.status_code for it in responses} == {404}
    assert bodies == [bodies[0]] * 4
