import secrets
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from app.orders.queries import ORDER_ID
from app.web.api.orders import order_id_for
from tests.builders import a_product, a_sku, an_order, counters, sku_of

ADDRESS = {
    "name": "Ada Potter",
    "street": "12 Kiln Row",
    "postal_code": "56203",
    "city": "Höhr-Grenzhausen",
    "country": "DE",
}


def _asked(*lines: tuple[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
        "email": "Ada@Potter.example",
        "address": ADDRESS,
        "payment_method": "pm_succeeds",
        **changes,
    }


def _key() -> str:
    return secrets.token_urlsafe(24)


def _place(browser: TestClient, body: Any, key: str = "") -> Response:
    answer: Response = browser.post(
        "/api/orders", json=body, headers={"Idempotency-Key": key or _key()}
    )
    return answer


def _told(answer: Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    kind = "application/json" if status < 400 else "application/problem+json"
    assert answer.headers["content-type"] == kind
    told: dict[str, Any] = answer.json()
    return told


def test_products_are_listed_with_what_is_left_in_a_word(browser: TestClient) -> None:
    many, few, none = a_product(quantity=6), a_product(quantity=5), a_product(quantity=0)

    listed = _told(browser.get("/api/products"), 200)["products"]

    words = {it["slug"]: it["variants"][0]["availability"] for it in listed}
    assert [words[it.slug] for it in (many, few, none)] == ["in_stock", "few_left", "sold_out"]


def test_a_product_tells_its_price_in_cents(browser: TestClient) -> None:
    product = a_product(price=2_450)

    told = _told(browser.get(f"/api/products/{product.slug}"), 200)

    assert (told["price"], told["currency"]) == (2_450, "EUR")
    assert told["variants"][0]["sku"] == sku_of(product)


def test_one_shelf_is_listed_alone(browser: TestClient) -> None:
    product = a_product()

    shelf = browser.get("/api/products", params={"category": product.category}).json()
    other = browser.get("/api/products", params={"category": "No such shelf"}).json()

    assert product.slug in [it["slug"] for it in shelf["products"]]
    assert other == {"products": []}


def test_what_we_do_not_have_is_a_problem(browser: TestClient) -> None:
    assert _told(browser.get("/api/products/no-such-thing"), 404)["status"] == 404


def test_an_order_is_placed(browser: TestClient) -> None:
    product = a_product(price=2_450)

    answer = _place(browser, _asked((sku_of(product), 2)))

    told = _told(answer, 201)
    assert answer.headers["location"] == f"/api/orders/{told['order_id']}"
    assert (told["status"], told["total"], told["currency"]) == ("placed", 5_490, "EUR")
    assert counters(product) == (18, 2, 0)
    assert "set-cookie" not in answer.headers


def test_the_same_key_with_the_same_order_is_the_same_order(browser: TestClient) -> None:
    product, key = a_product(), _key()
    first = _told(_place(browser, _asked((sku_of(product), 2)), key), 201)

    again = _told(_place(browser, _asked((sku_of(product), 1), (sku_of(product), 1)), key), 200)

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
def test_the_same_key_with_another_order_is_refused(
    browser: TestClient, changes: dict[str, Any]
) -> None:
    product, key = a_product(), _key()
    _place(browser, _asked((sku_of(product), 2)), key)

    _told(_place(browser, _asked((sku_of(product), 2), **changes), key), 422)
    _told(_place(browser, _asked((sku_of(product), 3)), key), 422)

    assert counters(product) == (18, 2, 0)


@pytest.mark.parametrize("key", [None, "x" * 19, "x" * 65, "x" * 19 + "!", "x" * 19 + "é"])
def test_without_a_proper_key_nothing_is_placed(browser: TestClient, key: str | None) -> None:
    product = a_product()
    headers = {} if key is None else {"Idempotency-Key": key.encode()}

    answer = browser.post("/api/orders", json=_asked((sku_of(product), 1)), headers=headers)

    assert _told(answer, 400)["errors"][0]["where"] == "header/Idempotency-Key"
    assert counters(product) == (20, 0, 0)


def test_an_order_id_is_the_hash_of_its_key() -> None:
    assert order_id_for("a" * 20) == order_id_for("a" * 20) != order_id_for("b" * 20)
    assert ORDER_ID.match(order_id_for("a" * 20))


def test_beyond_the_stock_nothing_is_held(browser: TestClient) -> None:
    there, few = a_product(), a_product(quantity=2)

    _told(_place(browser, _asked((sku_of(there), 1), (sku_of(few), 3))), 409)

    assert counters(there) == (20, 0, 0)


@pytest.mark.parametrize("quantity", [0, -1, 11, 1.5, 1.0, "1", True, None, 2**31, 10**40])
def test_a_quantity_is_a_whole_number_from_one_to_ten(browser: TestClient, quantity: Any) -> None:
    _told(_place(browser, _asked((sku_of(a_product()), quantity))), 422)


def test_the_limits_hold_for_merged_lines(browser: TestClient) -> None:
    sku = sku_of(a_product(quantity=50))

    _told(_place(browser, _asked((sku, 10), (sku, 1))), 422)
    _told(_place(browser, _asked(*[(a_sku(), 1) for _ in range(31)])), 422)


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": []},
        {"lines": [{"sku": "UNHEARD-OF", "quantity": 1}]},
        {"lines": [{"sku": "UNHEARD-OF", "quantity": 1, "price": 1}]},
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
def test_what_is_wrong_is_told_and_nothing_is_placed(
    browser: TestClient, changes: dict[str, Any]
) -> None:
    product = a_product()

    told = _told(_place(browser, _asked((sku_of(product), 1), **changes)), 422)

    assert "4242" not in str(told)
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
def test_a_body_that_is_no_order_is_refused_calmly(
    browser: TestClient, body: bytes, status: int
) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": _key()}

    _told(browser.post("/api/orders", content=body, headers=headers), status)


def test_only_json_is_read(browser: TestClient) -> None:
    _told(browser.post("/api/orders", data={"a": "b"}, headers={"Idempotency-Key": _key()}), 415)


def test_an_order_is_read_with_its_token(browser: TestClient) -> None:
    placed = _told(_place(browser, _asked((sku_of(a_product()), 1))), 201)

    answer = browser.get(
        f"/api/orders/{placed['order_id']}",
        headers={"Authorization": f"Bearer {placed['order_token']}"},
    )

    told = _told(answer, 200)
    assert told == {name: it for name, it in placed.items() if name != "order_token"}


def test_without_its_own_token_there_is_no_such_order(browser: TestClient) -> None:
    mine = _told(_place(browser, _asked((sku_of(a_product()), 1))), 201)["order_token"]
    path = f"/api/orders/{an_order().order_id}"

    answers = [
        browser.get(path),
        browser.get(path, headers={"Authorization": f"Bearer {mine}"}),
        browser.get(path, headers={"Authorization": "Basic eDp5"}),
        browser.get("/api/orders/0", headers={"Authorization": f"Bearer {mine}"}),
    ]

    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}


def test_every_answer_is_described(browser: TestClient) -> None:
    described = browser.get("/api/openapi.json").json()

    assert set(described["paths"]) == {
        "/api/products",
        "/api/products/{slug}",
        "/api/orders",
        "/api/orders/{order_id}",
    }
    placing = described["paths"]["/api/orders"]["post"]
    answers = {"200", "201", "400", "409", "413", "415", "422", "503"}
    assert set(placing["responses"]) == answers
    assert "HTTPValidationError" not in described["components"]["schemas"]
    (key,) = placing["parameters"]
    assert (key["name"], key["required"]) == ("Idempotency-Key", True)
