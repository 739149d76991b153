import pytest
from fastapi.testclient import TestClient

from app.cart.cart import MOST_OF_ONE
from tests.builders import a_product, a_sku, sku_of
from tests.unit.app.web.pages import PART, heading, put_in_cart, words


def test_a_piece_that_was_added_is_in_the_cart(browser: TestClient) -> None:
    product = a_product(title="Round tea pot")

    answer = put_in_cart(browser, product, 2)

    assert (answer.status_code, answer.headers["location"]) == (303, "/cart")
    cart = words(browser.get("/cart"))
    assert "Round tea pot" in cart
    assert "€49.00" in cart
    assert "Cart (2)" in cart


def test_adding_adds_to_what_is_there(browser: TestClient) -> None:
    product = a_product()
    put_in_cart(browser, product, 2)

    put_in_cart(browser, product, 3)

    assert "Cart (5)" in words(browser.get("/cart"))


def test_looking_sets_no_cookie_and_adding_sets_one_that_scripts_cannot_read(
    browser: TestClient,
) -> None:
    assert "set-cookie" not in browser.get("/").headers

    cookie = put_in_cart(browser, a_product()).headers["set-cookie"]

    assert cookie.startswith("visitor=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}


def test_more_than_there_are_is_cut_to_what_there_is_and_said(browser: TestClient) -> None:
    product = a_product(pieces=3)

    answer = put_in_cart(browser, product, 5)

    page = browser.get(answer.headers["location"])
    assert "Only 3 left, so that is how many we put aside." in words(page)
    assert "Cart (3)" in words(page)


def test_more_than_an_order_may_hold_is_refused_beside_the_form(browser: TestClient) -> None:
    product = a_product()

    answer = put_in_cart(browser, product, MOST_OF_ONE + 1)

    assert answer.status_code == 422
    assert f"at most {MOST_OF_ONE}" in words(answer)
    assert heading(answer) == "Tea pot"


def test_a_piece_that_sold_out_meanwhile_cannot_be_added(browser: TestClient) -> None:
    answer = put_in_cart(browser, a_product(pieces=0))

    assert answer.status_code == 422
    assert "sold out" in words(answer)


@pytest.mark.parametrize(
    "quantity", ["-1", "1.5", "1e3", "0x10", "１", "٣", "2147483648", "1" + "0" * 20, "two"]
)
def test_a_quantity_that_is_no_small_whole_number_is_refused(
    browser: TestClient, quantity: str
) -> None:
    product = a_product()

    answer = browser.post("/cart", data={"sku": sku_of(product), "quantity": quantity})

    assert answer.status_code == 422


def test_an_unknown_sku_is_not_found(browser: TestClient) -> None:
    assert browser.post("/cart", data={"sku": a_sku()}).status_code == 404
    assert browser.post("/cart", data={}).status_code == 404
    assert browser.post(f"/cart/lines/{a_sku()}", data={"quantity": "2"}).status_code == 404


def test_a_price_in_the_form_is_ignored(browser: TestClient) -> None:
    product = a_product(price=2_450)

    browser.post("/cart", data={"sku": sku_of(product), "quantity": "1", "price": "1"})

    assert "€24.50" in words(browser.get("/cart"))


def test_a_line_can_be_set_and_taken_out_again_and_that_undone(browser: TestClient) -> None:
    product = a_product(title="Round tea pot")
    put_in_cart(browser, product, 2)
    line = f"/cart/lines/{sku_of(product)}"

    browser.post(line, data={"quantity": "4"})
    assert "Cart (4)" in words(browser.get("/cart"))

    gone = browser.get(browser.post(line, data={"quantity": "0"}).headers["location"])
    assert "Round tea pot is back on our shelf." in words(gone)
    assert "Your cart is empty." in words(gone)

    put_in_cart(browser, product, 4)  # what the Undo form posts
    assert "Cart (4)" in words(browser.get("/cart"))


def test_setting_more_than_there_are_is_cut_and_said_on_the_line(browser: TestClient) -> None:
    product = a_product(pieces=3)
    put_in_cart(browser, product)

    part = browser.post(f"/cart/lines/{sku_of(product)}", data={"quantity": "7"}, headers=PART)

    assert "Only 3 left" in words(part)
    assert part.text.lstrip().startswith('<section id="cart"')


def test_htmx_gets_the_drawer_the_badge_and_a_sentence_to_speak(browser: TestClient) -> None:
    data = {"sku": sku_of(a_product(title="Round tea pot")), "quantity": "2"}

    part = browser.post("/cart", data=data, headers=PART)

    assert part.status_code == 200
    assert "In your cart" in words(part)
    assert 'id="badge"' in part.text
    assert "2 pieces in your cart, €54.90 with shipping." in words(part)
    assert "<html" not in part.text


def test_an_error_for_htmx_stays_on_the_piece(browser: TestClient) -> None:
    data = {"sku": sku_of(a_product()), "quantity": "99"}

    part = browser.post("/cart", data=data, headers=PART)

    assert part.status_code == 422
    assert part.headers["hx-retarget"] == "#piece"


def test_somebody_elses_cart_is_out_of_reach(browser: TestClient, another: TestClient) -> None:
    put_in_cart(browser, a_product())

    assert "Your cart is empty." in words(another.get("/cart"))


@pytest.mark.parametrize(
    "cookie",
    [
        "visitor=short",
        f"visitor={'x' * 8000}",
        f"visitor={'x' * 43}; visitor={'y' * 43}",
        "visitor=%00; =;;; a",
    ],
)
def test_a_cookie_that_is_not_ours_makes_a_new_guest(browser: TestClient, cookie: str) -> None:
    answer = browser.get("/cart", headers={"Cookie": cookie})

    assert answer.status_code == 200
    assert "Your cart is empty." in words(answer)


def test_a_full_cart_has_a_link_to_the_checkout(browser: TestClient) -> None:
    put_in_cart(browser, a_product())

    assert ">Checkout</a>" in browser.get("/cart").text


def test_notices_in_the_address_cannot_be_made_up(browser: TestClient) -> None:
    page = browser.get("/cart?removed=<script>alert(1)</script>")

    assert page.status_code == 200
    assert "<script>alert" not in page.text
