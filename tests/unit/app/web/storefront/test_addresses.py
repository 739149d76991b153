"""Saved addresses of a customer: on the account page, and at the checkout."""

import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app.orders.address_book import (
    ADDRESS_BOOK_TTL,
    MAX_ADDRESSES,
    SavedAddress,
    make_default,
    save_address,
    saved_addresses,
)
from app.orders.queries import load_order_details
from tests.builders import NOON, a_product, an_address
from tests.crash_injection import interleave
from tests.unit.app.web.pages import (
    ADDRESS,
    FRAGMENT_HEADERS,
    checkout_form,
    input_values,
    page_text,
    place_order,
    put_in_cart,
    sign_in_as,
)


def an_email() -> str:
    return f"ada-{ULID()}@potter.example".lower()


@pytest.fixture
def email() -> str:
    return an_email()


@pytest.fixture
def customer(browser: TestClient, email: str) -> TestClient:
    return sign_in_as(browser, email)


def save(customer: TestClient, address_id: str = "", **changes: str) -> str:
    address_id = address_id or str(ULID())
    response = customer.post(f"/account/addresses/{address_id}", data=ADDRESS | changes)
    assert response.status_code == 303, page_text(response)
    assert response.headers["location"] == "/account#addresses"
    return address_id


def streets(customer: TestClient) -> list[str]:
    """The streets of the saved addresses in the order of the account page."""
    page = customer.get("/account").text
    section = page.partition('id="addresses"')[2].partition("<h2")[0]
    return re.findall(r"<bdi>(\d+ \w+ \w+)</bdi>", section)


def test_saved_address_is_on_the_account_page(customer: TestClient) -> None:
    save(customer)
    save(customer, street="13 Oven Road")

    assert streets(customer) == ["12 Kiln Row", "13 Oven Road"]
    assert page_text(customer.get("/account")).count("Default") == 1


def test_new_form_saves_once_when_it_is_submitted_twice(customer: TestClient) -> None:
    page = customer.get("/account/addresses/new")
    path = re.findall(r'action="(/account/addresses/[^"]+)"', page.text)[0]

    for _ in range(2):
        assert customer.post(path, data=ADDRESS).status_code == 303

    assert streets(customer) == ["12 Kiln Row"]


def test_same_address_is_saved_once(customer: TestClient) -> None:
    save(customer)
    save(customer)

    assert streets(customer) == ["12 Kiln Row"]


def test_address_can_be_edited(customer: TestClient) -> None:
    address_id = save(customer, company="Potter & Co")
    values = input_values(customer.get(f"/account/addresses/{address_id}"))
    assert (values["street"], values["company"]) == ("12 Kiln Row", "Potter & Co")

    save(customer, address_id, street="14 Glaze Lane")

    assert streets(customer) == ["14 Glaze Lane"]


def test_address_can_be_deleted_and_a_repeat_changes_nothing(customer: TestClient) -> None:
    first, second = save(customer), save(customer, street="13 Oven Road")

    for _ in range(2):
        assert customer.post(f"/account/addresses/{first}/delete").status_code == 303

    assert streets(customer) == ["13 Oven Road"]
    assert customer.get(f"/account/addresses/{first}").status_code == 404
    assert customer.get(f"/account/addresses/{second}").status_code == 200


def test_default_address_comes_first_and_is_filled_in_at_the_checkout(
    customer: TestClient,
) -> None:
    save(customer)
    second = save(customer, street="13 Oven Road")

    assert customer.post(f"/account/addresses/{second}/default").status_code == 303

    assert streets(customer) == ["13 Oven Road", "12 Kiln Row"]
    put_in_cart(customer, a_product())
    assert input_values(customer.get("/checkout"))["street"] == "13 Oven Road"


def test_invalid_address_is_shown_again_with_its_errors(customer: TestClient) -> None:
    path = f"/account/addresses/{ULID()}"

    refused = customer.post(path, data=ADDRESS | {"postal_code": "1", "company": "x" * 101})

    assert refused.status_code == 422
    assert '<a href="#postal_code">Enter a valid postcode' in refused.text
    assert '<a href="#company">Enter your company with at most 100' in refused.text
    assert input_values(refused)["street"] == "12 Kiln Row"
    assert streets(customer) == []


def test_fields_follow_the_country(customer: TestClient) -> None:
    path = f"/account/addresses/{ULID()}/fields"

    page = customer.post(path, data=ADDRESS | {"country": "US"}, headers=FRAGMENT_HEADERS)

    assert "ZIP code" in page_text(page)
    assert input_values(page)["city"] == ADDRESS["city"]
    assert streets(customer) == []


def test_number_of_saved_addresses_is_limited(customer: TestClient) -> None:
    ids = [save(customer, street=f"{number} Kiln Row") for number in range(MAX_ADDRESSES)]

    refused = customer.post(f"/account/addresses/{ULID()}", data=ADDRESS | {"street": "99 Far Off"})

    assert refused.status_code == 422
    assert "You can save at most 10 addresses. Delete one first." in page_text(refused)
    assert input_values(refused)["street"] == "99 Far Off"
    assert len(streets(customer)) == MAX_ADDRESSES
    save(customer, ids[0], street="98 Far Off")  # one that is there can be changed


def test_addresses_belong_to_their_customer(customer: TestClient, another: TestClient) -> None:
    address_id = save(customer)
    stranger = sign_in_as(another, an_email())

    assert stranger.get(f"/account/addresses/{address_id}").status_code == 404
    assert stranger.post(f"/account/addresses/{address_id}/default").status_code == 404
    stranger.post(f"/account/addresses/{address_id}/delete")
    save(stranger, address_id, street="66 Evil Lane")

    assert streets(customer) == ["12 Kiln Row"]


@pytest.mark.parametrize("path", ["", "/fields", "/delete", "/default"])
def test_guest_is_asked_to_sign_in(browser: TestClient, path: str) -> None:
    response = browser.post(f"/account/addresses/{ULID()}{path}", data=ADDRESS)

    assert response.status_code == 303
    assert response.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("path", ["", "/fields", "/delete", "/default"])
def test_form_of_another_site_is_refused(customer: TestClient, path: str) -> None:
    address_id = save(customer)
    headers = {"Sec-Fetch-Site": "cross-site"}
    form = ADDRESS | {"street": "66 Evil Lane"}

    response = customer.post(f"/account/addresses/{address_id}{path}", data=form, headers=headers)

    assert response.status_code == 403
    assert streets(customer) == ["12 Kiln Row"]


def test_address_of_an_order_is_saved_on_request(customer: TestClient) -> None:
    form = checkout_form(customer) | {"street": "15 Wheel Yard", "save_address": "yes"}

    for _ in range(2):
        assert customer.post("/checkout", data=form).status_code == 303

    assert streets(customer) == ["15 Wheel Yard"]


def test_address_of_an_order_is_not_saved_unasked(customer: TestClient) -> None:
    place_order(customer)

    assert streets(customer) == []


def test_guest_is_not_offered_to_save(browser: TestClient) -> None:
    form = checkout_form(browser) | {"save_address": "yes"}

    assert "Save this address" not in page_text(browser.get("/checkout"))
    assert browser.post("/checkout", data=form).status_code == 303


def test_saved_address_can_be_chosen_at_the_checkout(customer: TestClient) -> None:
    save(customer)
    us = {"country": "US", "region": "AL", "city": "Springfield", "postal_code": "35203"}
    chosen = save(customer, street="2121 8th Avenue", phone="+1 205 555 0123", **us)
    form = checkout_form(customer, company="Potter & Co")

    page = customer.post("/checkout/address", data=form | {"saved_address": chosen})

    values = input_values(page)
    assert (values["street"], values["company"]) == ("2121 8th Avenue", "")
    assert 'value="AL" selected' in page.text
    ready = form | values | us | {"payment_method": "pm_succeeds"}
    order_path = customer.post("/checkout", data=ready).headers["location"]
    order = load_order_details(order_path.removeprefix("/orders/")).order
    assert order.address.country == "US"


def test_saved_address_of_another_customer_cannot_be_chosen(
    customer: TestClient, another: TestClient
) -> None:
    foreign = save(sign_in_as(another, an_email()))

    page = customer.post(
        "/checkout/address", data=checkout_form(customer) | {"saved_address": foreign}
    )

    assert page.status_code == 404


def test_unfinished_purchase_is_filled_in_before_the_default_address(customer: TestClient) -> None:
    save(customer)
    place_order(customer, street="16 Clay Pit")

    put_in_cart(customer, a_product())

    assert input_values(customer.get("/checkout"))["street"] == "16 Clay Pit"


# --- the row ----------------------------------------------------------------------------------


def saved(street: str = "12 Kiln Row") -> SavedAddress:
    return SavedAddress(str(ULID()), an_address(street))


@pytest.mark.usefixtures("tables")
def test_two_tabs_that_save_at_the_same_time_both_succeed(email: str) -> None:
    one, two = saved("1 Kiln Row"), saved("2 Kiln Row")
    save_address(email, saved("0 Kiln Row"), now=NOON)

    other = interleave(lambda: save_address(email, one, now=NOON), before="PutItem")
    with other:
        save_address(email, two, now=NOON)

    assert {it.id for it in saved_addresses(email, now=NOON)} >= {one.id, two.id}


@pytest.mark.usefixtures("tables")
def test_addresses_end_two_years_after_the_last_change(email: str) -> None:
    first, second = saved("1 Kiln Row"), saved("2 Kiln Row")
    save_address(email, first, now=NOON)
    save_address(email, second, now=NOON)
    make_default(email, second.id, now=NOON + timedelta(days=1))

    last = NOON + timedelta(days=1) + ADDRESS_BOOK_TTL

    assert saved_addresses(email, now=last - timedelta(seconds=1)) == (second, first)
    assert saved_addresses(email, now=last) == ()
