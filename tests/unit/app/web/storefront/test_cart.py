"""The cart page, the cart drawer, and changes of quantities."""

import re
import secrets

import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app.cart.cart import MAX_QUANTITY_PER_LINE
from app.customers.models import SESSION_PREFIX
from tests.builders import a_product, a_sku, sku_of
from tests.unit.app.web.pages import (
    FRAGMENT_HEADERS,
    heading,
    input_values,
    page_text,
    put_in_cart,
)

CART_DRAWER_HEADERS = FRAGMENT_HEADERS | {"HX-Target": "dialog#cart-drawer"}


def test_added_product_is_in_the_cart(browser: TestClient) -> None:
    product = a_product(title="Round tea pot")

    response = put_in_cart(browser, product, 2)

    assert (response.status_code, response.headers["location"]) == (303, "/cart")
    cart = page_text(browser.get("/cart"))
    assert "Round tea pot" in cart
    assert "€49.00" in cart
    assert "Cart (2)" in cart


def test_adding_again_increases_the_quantity(browser: TestClient) -> None:
    product = a_product()
    put_in_cart(browser, product, 2)

    put_in_cart(browser, product, 3)

    assert "Cart (5)" in page_text(browser.get("/cart"))


def test_first_add_to_cart_sets_an_http_only_cookie(
    browser: TestClient,
) -> None:
    assert "set-cookie" not in browser.get("/").headers

    cookie = put_in_cart(browser, a_product()).headers["set-cookie"]

    assert cookie.startswith("visitor=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}


def test_quantity_above_the_stock_is_limited_and_explained(browser: TestClient) -> None:
    product = a_product(quantity=3)

    response = put_in_cart(browser, product, 5)

    page = browser.get(response.headers["location"])
    assert "Only 3 left, so we've changed the quantity." in page_text(page)
    assert "Cart (3)" in page_text(page)


def test_quantity_above_the_order_limit_is_refused_beside_the_form(browser: TestClient) -> None:
    product = a_product()

    response = put_in_cart(browser, product, MAX_QUANTITY_PER_LINE + 1)

    assert response.status_code == 422
    assert f"at most {MAX_QUANTITY_PER_LINE}" in page_text(response)
    assert heading(response) == "Tea pot"


def test_sold_out_product_cannot_be_added(browser: TestClient) -> None:
    response = put_in_cart(browser, a_product(quantity=0))

    assert response.status_code == 422
    assert "sold out" in page_text(response)


@pytest.mark.parametrize(
    "quantity", ["-1", "1.5", "1e3", "0x10", "１", "٣", "2147483648", "1" + "0" * 20, "two"]
)
def test_quantity_that_is_no_small_whole_number_is_refused(
    browser: TestClient, quantity: str
) -> None:
    product = a_product()

    response = browser.post("/cart", data={"sku": sku_of(product), "quantity": quantity})

    assert response.status_code == 422


def test_unknown_sku_is_not_found(browser: TestClient) -> None:
    assert browser.post("/cart", data={"sku": a_sku()}).status_code == 404
    assert browser.post("/cart", data={}).status_code == 404
    assert browser.post(f"/cart/lines/{a_sku()}", data={"quantity": "2"}).status_code == 404


def test_price_in_the_form_is_ignored(browser: TestClient) -> None:
    product = a_product(price=2_450)

    browser.post("/cart", data={"sku": sku_of(product), "quantity": "1", "price": "1"})

    assert "€24.50" in page_text(browser.get("/cart"))


def test_cart_line_can_be_changed_removed_and_restored(browser: TestClient) -> None:
    product = a_product(title="Round tea pot")
    put_in_cart(browser, product, 2)
    line = f"/cart/lines/{sku_of(product)}"

    browser.post(line, data={"quantity": "4"})
    assert "Cart (4)" in page_text(browser.get("/cart"))

    removed = browser.get(browser.post(line, data={"quantity": "0"}).headers["location"])
    assert "Round tea pot removed from your cart." in page_text(removed)
    assert "Your cart is empty." in page_text(removed)

    put_in_cart(browser, product, 4)  # what the Undo form posts
    assert "Cart (4)" in page_text(browser.get("/cart"))


def test_line_quantity_above_the_stock_is_limited_and_explained(browser: TestClient) -> None:
    product = a_product(quantity=3)
    put_in_cart(browser, product)

    fragment = browser.post(
        f"/cart/lines/{sku_of(product)}", data={"quantity": "7"}, headers=FRAGMENT_HEADERS
    )

    assert "Only 3 left" in page_text(fragment)
    assert fragment.text.lstrip().startswith('<section id="cart"')


def test_htmx_gets_cart_drawer_badge_and_screen_reader_announcement(browser: TestClient) -> None:
    data = {"sku": sku_of(a_product(title="Round tea pot")), "quantity": "2"}

    fragment = browser.post("/cart", data=data, headers=CART_DRAWER_HEADERS)

    assert fragment.status_code == 200
    assert "Added to your cart" in page_text(fragment)
    assert 'class="lines"' in fragment.text
    assert 'id="badge"' in fragment.text
    assert "2 items in your cart, €54.90 including shipping." in page_text(fragment)
    assert "<html" not in fragment.text


def test_undo_in_the_cart_drawer_restores_the_line_at_its_place(browser: TestClient) -> None:
    first, second = a_product(title="Round tea pot"), a_product(title="Blue cup")
    for product in (first, second):
        put_in_cart(browser, product, 2)

    removed = browser.post(
        f"/cart/lines/{sku_of(first)}", data={"quantity": "0"}, headers=CART_DRAWER_HEADERS
    )
    undo = input_values(removed)
    assert undo.pop("new_discount_code") == ""  # of another form
    restored = browser.post("/cart", data=undo, headers=CART_DRAWER_HEADERS)

    assert "Round tea pot removed from your cart." in page_text(removed)
    assert undo == {"sku": sku_of(first), "quantity": "2", "place": "0"}
    assert re.findall(r'id="line-([^"]+)"', restored.text) == [sku_of(first), sku_of(second)]


def test_undo_of_a_product_that_has_sold_out_is_refused_in_a_toast(browser: TestClient) -> None:
    product = a_product(quantity=0)

    fragment = browser.post(
        "/cart",
        data={"sku": sku_of(product), "quantity": "1", "place": "0"},
        headers=CART_DRAWER_HEADERS,
    )

    assert (fragment.status_code, fragment.headers["hx-retarget"]) == (422, "#toast-message")
    assert "sold out" in page_text(fragment)


def test_add_to_cart_error_for_htmx_is_swapped_into_the_product(browser: TestClient) -> None:
    data = {"sku": sku_of(a_product()), "quantity": "99"}

    fragment = browser.post("/cart", data=data, headers=FRAGMENT_HEADERS)

    assert fragment.status_code == 422
    assert fragment.headers["hx-retarget"] == "#product"


def test_cart_of_another_visitor_is_inaccessible(browser: TestClient, another: TestClient) -> None:
    put_in_cart(browser, a_product())

    assert "Your cart is empty." in page_text(another.get("/cart"))


@pytest.mark.parametrize(
    "cookie",
    [
        "visitor=short",
        f"visitor={'x' * 8000}",
        f"visitor={'x' * 43}; visitor={'y' * 43}",
        "visitor=%00; =;;; a",
    ],
)
def test_invalid_visitor_cookie_makes_a_new_guest(browser: TestClient, cookie: str) -> None:
    response = browser.get("/cart", headers={"Cookie": cookie})

    assert response.status_code == 200
    assert "Your cart is empty." in page_text(response)


def test_cart_links_to_the_checkout(browser: TestClient) -> None:
    put_in_cart(browser, a_product())

    assert ">Checkout</a>" in browser.get("/cart").text


def test_cart_escapes_query_parameters(browser: TestClient) -> None:
    page = browser.get("/cart?removed=<script>alert(1)</script>")

    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_guest_whose_random_token_begins_like_any_other_text_keeps_the_cart(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One random token in 4,096 begins with two given characters: none of them means a session."""
    random_part = str(ULID()).ljust(41, "0")
    monkeypatch.setattr(secrets, "token_urlsafe", lambda _: f"s_{random_part}")

    put_in_cart(browser, a_product())

    assert "Your cart is empty" not in page_text(browser.get("/cart"))
    assert not re.fullmatch("[A-Za-z0-9_-]+", SESSION_PREFIX), "a random token may begin with it"
