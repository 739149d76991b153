"""Addresses at the checkout: fields by country, phone, delivery note and billing address."""

import re

import pytest
from fastapi.testclient import TestClient

from app.orders.models import Address, Order
from app.orders.queries import load_order_details
from tests.builders import a_product
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import (
    FRAGMENT_HEADERS,
    checkout_form,
    input_values,
    page_text,
    place_order,
    put_in_cart,
    sign_in_as,
)

US = {
    "country": "US",
    "street": "2121 8th Avenue North",
    "city": "Springfield",
    "region": "AL",
    "postal_code": "35203",
    "phone": "+1 205 555 0123",
}
BILLING = {
    "billing_differs": "yes",
    "billing_country": "FR",
    "billing_name": "Marie Petit",
    "billing_company": "Petit SARL",
    "billing_street": "1 rue de Rivoli",
    "billing_postal_code": "75001",
    "billing_city": "Paris",
}


def placed(browser: TestClient, **changes: str) -> Order:
    return load_order_details(place_order(browser, None, **changes)).order


def test_us_receipt_prints_state_and_zip_code_after_the_city(browser: TestClient) -> None:
    order = placed(browser, **US, street2="Suite 400", company="Carter Inc.")

    receipt = page_text(browser.get(f"/orders/{order.order_id}"))

    lines = "Ada Potter Carter Inc. 2121 8th Avenue North Suite 400 Springfield, AL 35203"
    assert f"{lines} United States +1 205 555 0123" in receipt


def test_order_keeps_company_second_line_phone_and_note(
    browser: TestClient, another: TestClient
) -> None:
    merchant = sign_in_as(another, MERCHANT)
    more = {"company": "Potter & Co", "street2": "2nd floor", "phone": "030 1234567"}

    order = placed(browser, **more, delivery_note=" Leave it\r\nwith No. 14. ")

    kept = order.address
    assert {name: getattr(kept, name) for name in more} == more
    assert order.delivery_note == "Leave it\nwith No. 14."
    for page in (
        browser.get(f"/orders/{order.order_id}"),
        merchant.get(f"/admin/orders/{order.order_id}"),
    ):
        assert "Leave it with No. 14." in page_text(page)
        assert "030 1234567" in page_text(page)


@pytest.mark.parametrize("country", ["US", "GB", "CH", "JP"])
def test_phone_number_is_required_outside_the_eu(browser: TestClient, country: str) -> None:
    form = checkout_form(browser) | {"country": country, "phone": ""}

    refused = browser.post("/checkout", data=form)

    assert "Enter your phone number: the carrier needs it in this country" in page_text(refused)
    assert '<a href="#phone">' in refused.text


def test_phone_number_is_optional_in_the_eu(browser: TestClient) -> None:
    assert placed(browser, phone="").address.phone == ""


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("phone", "call me", "Enter a phone number like +49 30 1234567."),
        ("phone", "1" * 40, "Enter your phone number with at most 30 characters."),
        ("company", "x" * 101, "Enter your company with at most 100 characters."),
        ("street2", "x" * 101, "at most 100 characters"),
        ("street2", "4242 4242 4242 4242", "don't enter card numbers"),
        ("delivery_note", "x" * 251, "Enter your delivery note with at most 250 characters."),
        ("delivery_note", "4242424242424242", "don't enter card numbers"),
        ("delivery_note", "\u202eevil", "without the hidden character"),
    ],
)
def test_new_field_is_bounded_and_named_in_its_message(
    browser: TestClient, field: str, value: str, message: str
) -> None:
    refused = browser.post("/checkout", data=checkout_form(browser) | {field: value})

    assert refused.status_code == 422
    assert page_text(refused).count(message) == 2  # in the summary and beside the field
    assert f'<a href="#{field}">' in refused.text


def test_valid_phone_number_survives_an_error_elsewhere(browser: TestClient) -> None:
    """Some phone numbers have as many digits as a card number."""
    refused = browser.post(
        "/checkout", data=checkout_form(browser) | {"phone": "+49 151 234567890", "name": ""}
    )

    assert input_values(refused)["phone"] == "+49 151 234567890"


# --- the country ------------------------------------------------------------------------------


def switch(
    browser: TestClient, form: dict[str, str], country: str, **headers: str
) -> dict[str, str]:
    """The form after another country was selected, as the browser would send it."""
    page = browser.post("/checkout/address", data=form | {"country": country}, headers=headers)
    return {**form, "country": country} | input_values(page)


@pytest.mark.parametrize("headers", [{}, FRAGMENT_HEADERS])
def test_switching_the_country_and_back_loses_nothing(
    browser: TestClient, headers: dict[str, str]
) -> None:
    form = checkout_form(browser, district="")
    emirates = switch(browser, form, "AE", **headers)
    sent = {name: text for name, text in emirates.items() if name not in ("city", "postal_code")}

    germany = switch(browser, sent, "DE", **headers)

    assert (germany["city"], germany["postal_code"]) == ("Höhr-Grenzhausen", "56203")
    assert germany["street"] == form["street"]


def test_city_and_postcode_are_kept_for_the_new_country(browser: TestClient) -> None:
    form = switch(browser, checkout_form(browser), "GB")

    assert (form["city"], form["postal_code"]) == ("Höhr-Grenzhausen", "56203")


def test_state_of_one_country_is_not_taken_for_a_province_of_another(browser: TestClient) -> None:
    """CA is California, and Cagliari."""
    form = checkout_form(browser) | {"fields_country": "US", "country": "IT", "region": "CA"}

    page = browser.post("/checkout/address", data=form)

    assert "Cagliari" in page.text
    assert '<option value="CA" selected' not in page.text


@pytest.mark.parametrize("headers", [{}, FRAGMENT_HEADERS])
def test_error_summary_follows_the_new_country(
    browser: TestClient, headers: dict[str, str]
) -> None:
    form = checkout_form(browser) | {"postal_code": "1", "phone": ""}
    refused = browser.post("/checkout", data=form)
    assert "26133 (Germany)" in page_text(refused)
    again = form | {"country": "US", "checked": input_values(refused)["checked"]}

    page = browser.post("/checkout/address", data=again, headers=headers)

    text = page_text(page)
    assert "Germany)" not in text
    assert "Select your state." in text
    assert "Enter a valid ZIP code, for example" in text
    assert '<a href="#phone">Enter your phone number' in page.text


def test_new_form_shows_no_errors_when_the_country_changes(browser: TestClient) -> None:
    form = checkout_form(browser) | {"country": "US", "email": ""}

    page = browser.post("/checkout/address", data=form)

    assert "There is a problem" not in page.text


def test_fragment_does_not_take_the_focus_from_the_country(browser: TestClient) -> None:
    form = checkout_form(browser) | {"country": "US", "checked": "yes"}

    page = browser.post("/checkout/address", data=form, headers=FRAGMENT_HEADERS)

    assert "There is a problem" in page.text
    assert "autofocus" not in page.text


def test_total_and_pay_button_follow_the_country(browser: TestClient) -> None:
    form = checkout_form(browser, a_product(price=2_450))

    page = browser.post(
        "/checkout/address", data=form | {"country": "US"}, headers=FRAGMENT_HEADERS
    )

    total = input_values(page)["total"]
    assert total != form["total"]
    assert f">Pay €{int(total) / 100:.2f}</button>" in page.text
    ready = form | US | {"total": total}
    assert browser.post("/checkout", data=ready).status_code == 303


@pytest.mark.parametrize(
    ("name", "token"),
    [
        ("country", "shipping country"),
        ("name", "shipping name"),
        ("company", "shipping organization"),
        ("street", "shipping address-line1"),
        ("street2", "shipping address-line2"),
        ("postal_code", "shipping postal-code"),
        ("city", "shipping address-level2"),
        ("phone", "shipping tel"),
        ("billing_country", "billing country"),
        ("billing_name", "billing name"),
        ("billing_company", "billing organization"),
        ("billing_street2", "billing address-line2"),
        ("billing_city", "billing address-level2"),
    ],
)
def test_fields_have_autofill_tokens_of_their_section(
    browser: TestClient, name: str, token: str
) -> None:
    form = checkout_form(browser) | BILLING

    page = browser.post("/checkout/address", data=form)

    tag = re.search(rf'<(?:input|select) id="{name}"[^>]*>', page.text)
    assert tag
    assert f'autocomplete="{token}"' in tag[0]


# --- the billing address ----------------------------------------------------------------------


def test_billing_address_is_kept_and_printed_where_it_differs(browser: TestClient) -> None:
    order = placed(browser, **BILLING)

    assert order.billing_address == Address(
        "Marie Petit", "1 rue de Rivoli", "Paris", "75001", "", "FR", company="Petit SARL"
    )
    receipt = page_text(browser.get(f"/orders/{order.order_id}"))
    assert "Billing address Petit SARL Marie Petit 1 rue de Rivoli 75001 Paris France" in receipt


def test_billing_address_is_ignored_without_the_checkbox(browser: TestClient) -> None:
    order = placed(browser, **(BILLING | {"billing_differs": ""}))

    assert order.billing_address is None
    assert "Billing address" not in page_text(browser.get(f"/orders/{order.order_id}"))


def test_errors_of_the_billing_address_name_it_and_link_to_its_fields(browser: TestClient) -> None:
    bad = BILLING | {"billing_street": "", "billing_postal_code": "1"}

    refused = browser.post("/checkout", data=checkout_form(browser) | bad)

    assert refused.status_code == 422
    assert (
        '<a href="#billing_street">Billing address: Enter your street and house number.</a>'
        in refused.text
    )
    assert '<a href="#billing_postal_code">Billing address: Enter a valid' in refused.text
    assert input_values(refused)["billing_name"] == "Marie Petit"


def test_checked_box_without_billing_fields_shows_them(browser: TestClient) -> None:
    """Without JavaScript, the box can be checked without loading the fields."""
    form = checkout_form(browser) | {"billing_differs": "yes"}

    refused = browser.post("/checkout", data=form)

    assert '<a href="#billing_country">Billing address: Select your country.</a>' in refused.text
    assert 'id="billing_street"' in refused.text


def test_unused_field_of_the_billing_country_is_an_error_of_its_country(
    browser: TestClient,
) -> None:
    form = checkout_form(browser) | BILLING | {"billing_region": "Bavaria"}

    refused = browser.post("/checkout", data=form)

    assert '<a href="#billing_country">Billing address: An address in this country' in refused.text


def test_billing_address_needs_no_phone_number(browser: TestClient) -> None:
    us = {f"billing_{name}": text for name, text in US.items() if name != "phone"}

    order = placed(browser, **(BILLING | us))

    assert order.billing_address
    assert (order.billing_address.region, order.billing_address.phone) == ("AL", "")


@pytest.mark.parametrize(
    "changes",
    [{"delivery_note": "Ring twice."}, {"company": "Potter & Co"}, BILLING, {"street2": "2"}],
)
def test_form_edited_after_back_is_another_request(
    browser: TestClient, changes: dict[str, str]
) -> None:
    form = checkout_form(browser)
    browser.post("/checkout", data=form)

    assert browser.post("/checkout", data=form | changes).status_code == 422


def test_page_with_an_empty_billing_section_offers_it(browser: TestClient) -> None:
    put_in_cart(browser, a_product())

    page = browser.get("/checkout")

    assert "Billing address is different" in page_text(page)
    assert 'id="billing_street"' not in page.text
