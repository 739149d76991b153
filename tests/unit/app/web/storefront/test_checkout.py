"""The checkout form: placing an order, field errors, and changes of price, cart and country."""

import pytest
from fastapi.testclient import TestClient

from app.cart.models import update_cart
from app.customers.models import sha256_hex
from app.inventory.models import Stock
from app.orders.queries import load_order_details
from tests.builders import NOON, a_product, counters, sku_of
from tests.conflicts import transaction_conflicts
from tests.unit.app.web.pages import (
    ADDRESS,
    FRAGMENT_HEADERS,
    checkout_form,
    heading,
    input_values,
    page_text,
    place_order,
    put_in_cart,
)


def test_checkout_places_the_order_and_redirects_to_its_page(browser: TestClient) -> None:
    product = a_product(price=2_450)

    response = browser.post("/checkout", data=checkout_form(browser, product))

    assert response.status_code == 303
    order = load_order_details(response.headers["location"].removeprefix("/orders/")).order
    assert (order.total, order.email) == (3_040, "ada@potter.example")
    assert order.address.city == "Höhr-Grenzhausen"
    assert counters(product) == (19, 1, 0)


def test_pay_button_shows_the_total(browser: TestClient) -> None:
    put_in_cart(browser, a_product(price=4_210))

    assert ">Pay €48.00</button>" in browser.get("/checkout").text


def test_checkout_with_an_empty_cart_redirects_to_the_cart(browser: TestClient) -> None:
    response = browser.get("/checkout")

    assert (response.status_code, response.headers["location"]) == (303, "/cart")


def test_checkout_is_idempotent_when_submitted_twice(browser: TestClient) -> None:
    product = a_product()
    form = checkout_form(browser, product)

    first, second = browser.post("/checkout", data=form), browser.post("/checkout", data=form)

    assert first.headers["location"] == second.headers["location"]
    assert counters(product) == (19, 1, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"payment_method": "pm_declined"},
        {"email": "eve@potter.example"},
        {"street": "13 Kiln Row"},
        {"total": "1"},
    ],
)
def test_form_edited_after_back_links_to_the_order_that_exists(
    browser: TestClient, changes: dict[str, str]
) -> None:
    form = checkout_form(browser, product := a_product())
    order_page = browser.post("/checkout", data=form).headers["location"]

    response = browser.post("/checkout", data=form | changes)

    assert response.status_code == 422
    assert heading(response) == "You've already placed this order"
    assert f'href="{order_page}"' in response.text
    assert "with the details that you sent first" in page_text(response)
    assert counters(product) == (19, 1, 0)


def test_form_edited_after_back_with_another_cart_offers_order_and_form(
    browser: TestClient,
) -> None:
    form = checkout_form(browser)
    order_page = browser.post("/checkout", data=form).headers["location"]
    put_in_cart(browser, another_product := a_product())

    response = browser.post("/checkout", data=form | {"street": "13 Kiln Row"})

    assert response.status_code == 422
    assert f'href="{order_page}"' in response.text
    assert "You haven't been charged" not in page_text(response)
    again = input_values(response)
    assert again["street"] == "13 Kiln Row"
    assert browser.post("/checkout", data=form | again).headers["location"] != order_page
    assert counters(another_product) == (19, 1, 0)


def test_link_to_the_order_that_exists_is_in_german(browser: TestClient) -> None:
    browser.headers["Accept-Language"] = "de"
    form = checkout_form(browser)
    browser.post("/checkout", data=form)

    response = browser.post("/checkout", data=form | {"street": "13 Kiln Row"})

    assert heading(response) == "Du hast diese Bestellung bereits aufgegeben"
    assert "Bestellung ansehen" in page_text(response)


@pytest.mark.parametrize("total", ["9" * 20, "9" * 5_000, "0" * 200])
def test_total_of_any_length_is_refused(browser: TestClient, total: str) -> None:
    form = checkout_form(browser, product := a_product())

    assert browser.post("/checkout", data=form | {"total": total}).status_code in (409, 422)
    assert browser.post("/checkout", data=form | {"cart_version": total}).status_code in (409, 422)
    assert counters(product) == (20, 0, 0)


def test_form_with_an_invalid_signature_is_shown_again_with_its_values(
    browser: TestClient,
) -> None:
    form = checkout_form(browser) | {"form": "made up"}

    response = browser.post("/checkout", data=form)

    assert response.status_code == 409
    again = input_values(response)
    assert again["street"] == ADDRESS["street"]
    assert browser.post("/checkout", data=form | {"form": again["form"]}).status_code == 303


def test_checkout_form_of_another_visitor_is_refused(
    browser: TestClient, another: TestClient
) -> None:
    stolen = checkout_form(browser)
    mine = checkout_form(another)

    assert another.post("/checkout", data=mine | {"form": stolen["form"]}).status_code == 409


def test_changed_price_is_shown_before_anything_is_charged(browser: TestClient) -> None:
    product = a_product(price=2_450)
    form = checkout_form(browser, product)
    Stock(sku_of(product)).update(actions=[Stock.price.set(2_900)])

    response = browser.post("/checkout", data=form)

    assert response.status_code == 409
    assert "A price has changed" in page_text(response)
    assert "Pay €34.90" in page_text(response)


def test_cart_changed_in_another_window_shows_the_checkout_again(browser: TestClient) -> None:
    form = checkout_form(browser)
    visitor = sha256_hex(browser.cookies["visitor"])
    extra = a_product()
    update_cart(visitor, lambda it: it.with_added(sku_of(extra), 1, price=2_450), now=NOON)

    response = browser.post("/checkout", data=form)

    assert response.status_code == 409
    assert "changed in another window" in page_text(response)


def test_product_that_sold_out_in_the_cart_is_named(browser: TestClient) -> None:
    product = a_product(title="Round tea pot")
    form = checkout_form(browser, product)
    Stock(sku_of(product)).update(actions=[Stock.available.set(0), Stock.received.set(0)])

    response = browser.post("/checkout", data=form)

    assert response.status_code == 409
    assert "Round tea pot" in page_text(response)
    assert "Pay €" not in page_text(response)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("email", "", "Enter your email address."),
        ("email", "a@b", "Enter an email address like name@example.com."),
        ("email", "ada@potter.example\nBcc: all@example.com", "on one line"),
        ("email", "a" * 250 + "@b.de", "at most 254"),
        ("name", " ", "Enter your full name."),
        ("name", "x" * 200, "at most 100"),
        ("name", "Ada\r\nBcc: x", "on one line"),
        ("street", "", "Enter your street and house number."),
        ("street", "x" * 5_000, "at most 100"),
        ("postal_code", "ABC", "Enter a valid postcode, for example 26133 (Germany)."),
        ("city", "", "Enter your city."),
        ("country", "XX", "Select your country."),
        ("country", "../../etc", "Select your country."),
        ("country", "", "Select your country."),
        ("payment_method", "pm_free", "Select a payment method."),
        ("payment_method", "", "Select a payment method."),
    ],
)
def test_invalid_field_has_an_error_message_and_keeps_its_value(
    browser: TestClient, field: str, value: str, message: str
) -> None:
    response = browser.post("/checkout", data=checkout_form(browser) | {field: value})

    assert response.status_code == 422
    assert page_text(response).count(message) == 2  # in the summary and beside the field
    assert f'<a href="#{field}">' in response.text
    kept = {"name": "Ada Potter", "street": "12 Kiln Row"} | {field: value}
    assert all(input_values(response)[name] == kept[name] for name in ("name", "street"))


@pytest.mark.parametrize("name", ["O'Brien", "null", "王小明", "عمر", "<b>Bo</b>", "Ö"])
def test_real_names_are_accepted(browser: TestClient, name: str) -> None:
    order_id = place_order(browser, name=name)

    assert load_order_details(order_id).order.address.name == name
    assert "<b>Bo" not in browser.get(f"/orders/{order_id}").text


@pytest.mark.parametrize("card", ["4242424242424242", "4242 4242 4242 4242", "378282246310005"])
def test_card_number_is_refused_and_never_shown_again(browser: TestClient, card: str) -> None:
    form = checkout_form(browser) | {"name": f"Ada {card}"}

    response = browser.post("/checkout", data=form)

    assert response.status_code == 422
    assert card not in response.text
    assert "don't enter card numbers" in page_text(response)


def test_changing_the_country_shows_its_address_fields_and_keeps_values(
    browser: TestClient,
) -> None:
    form = checkout_form(browser) | {"country": "US"}

    fragment = browser.post("/checkout/address", data=form, headers=FRAGMENT_HEADERS)

    assert "ZIP code" in page_text(fragment)
    assert "California" in page_text(fragment)
    assert input_values(fragment)["city"] == ADDRESS["city"]
    assert "email" not in input_values(fragment)


def test_country_can_be_changed_without_javascript(browser: TestClient) -> None:
    form = checkout_form(browser) | {"country": "US"}

    page = browser.post("/checkout/address", data=form)

    assert 'formaction="/checkout/address"' in page.text
    assert "California" in page_text(page)
    assert input_values(page)["name"] == ADDRESS["name"]


def test_changed_price_shows_old_and_new_price(
    browser: TestClient,
) -> None:
    product = a_product(price=2_450)
    form = checkout_form(browser, product)
    Stock(sku_of(product)).update(actions=[Stock.price.set(2_600)])

    response = browser.post("/checkout", data=form)

    assert response.status_code == 409
    assert "A price has changed" in page_text(response)
    assert "€26.00 Previous price: €24.50" in page_text(response)
    assert ">Pay €31.90</button>" in response.text


def test_first_submit_button_of_the_checkout_is_pay(browser: TestClient) -> None:
    put_in_cart(browser, a_product())

    form = browser.get("/checkout").text.split('<form id="checkout"')[1]

    assert "formaction" not in form.split("<button")[1]


def test_order_can_be_delivered_to_another_country(browser: TestClient) -> None:
    order_id = place_order(
        browser, country="US", region="CA", city="Mountain View", postal_code="94043"
    )

    assert load_order_details(order_id).order.address.region == "CA"
    assert "United States" in page_text(browser.get(f"/orders/{order_id}"))


def test_overloaded_checkout_shows_the_form_again_with_retry_after(
    browser: TestClient,
) -> None:
    form = checkout_form(browser, street="99 Crowded Row")

    with transaction_conflicts(1):
        busy = browser.post("/checkout", data=form)

    assert busy.status_code == 503
    assert busy.headers["retry-after"] == "2"
    assert input_values(busy)["street"] == "99 Crowded Row"
    assert "very busy right now" in page_text(busy)
    assert browser.post("/checkout", data=form | input_values(busy)).status_code == 303


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("country", "Select your country."),
        ("payment_method", "Select a payment method."),
        ("street", "Enter your street and house number."),
    ],
)
def test_missing_field_has_the_message_of_its_kind(
    browser: TestClient, field: str, message: str
) -> None:
    form = checkout_form(browser)
    del form[field]

    response = browser.post("/checkout", data=form)

    assert response.status_code == 422
    assert page_text(response).count(message) == 2  # in the summary and beside the field
