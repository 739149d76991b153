"""A discount code on the pages of cart, checkout and order, without JavaScript and with htmx."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from app import clock
from app.cart.models import load_cart, move_cart
from app.customers.models import customer_id, sha256_hex
from app.discounts.entry import ENTRIES_PER_NETWORK
from app.discounts.terms import end_discount, find_own_discount
from app.orders.compensation import release
from app.orders.models import Order
from app.orders.payment import charge
from app.orders.transitions import find_order
from tests.builders import NOON, a_discount, a_product
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.conftest import OpenBrowser
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


def enter(browser: TestClient, code: str, path: str = "/cart/discount", **others: Any) -> Response:
    fields = {"new_discount_code": code} | others
    response: Response = browser.post(path, data=fields)
    return response


def stored_code(browser: TestClient) -> str:
    return load_cart(sha256_hex(browser.cookies["visitor"])).draft.discount_code


@pytest.fixture
def shopper(browser: TestClient) -> TestClient:
    """With one product for 24.50 euros in the cart."""
    put_in_cart(browser, a_product())
    return browser


def test_code_is_entered_in_the_cart_and_removed_again(shopper: TestClient) -> None:
    code = a_discount().code

    entered = enter(shopper, f"  {code.lower()} ")
    with_code = page_text(shopper.get("/cart"))
    removed = shopper.post("/cart/discount", data={"remove": "yes"})

    assert [(it.status_code, it.headers["location"]) for it in (entered, removed)] == [
        (303, "/cart")
    ] * 2
    assert f"Discount {code} Remove −€2.45 Shipping" in with_code
    assert "€27.95" in with_code
    assert "Remove −" not in page_text(shopper.get("/cart"))


def test_cart_drawer_swaps_itself(shopper: TestClient) -> None:
    headers = FRAGMENT_HEADERS | {"HX-Target": "dialog#cart-drawer"}
    fields = {"new_discount_code": a_discount().code}

    swapped = shopper.post("/cart/discount", data=fields, headers=headers)
    refused = shopper.post("/cart/discount", data={"new_discount_code": "?"}, headers=headers)

    assert swapped.text.lstrip().startswith('<div class="cart-drawer-content">')
    assert "−€2.45" in swapped.text
    assert (refused.status_code, refused.headers["HX-Reswap"]) == (422, "innerMorph")


@pytest.mark.parametrize(
    ("terms", "status", "message"),
    [
        ({"starts_at": datetime(2090, 3, 1, 8, tzinfo=UTC)}, 409, "can be used from 1 March 2090"),
        ({"ends_at": NOON - timedelta(days=9_999)}, 409, "has ended."),
        ({"max_redemptions": 0}, 409, "has been used up."),
    ],
)
def test_refused_code_is_shown_again_with_the_reason(
    shopper: TestClient, terms: dict[str, Any], status: int, message: str
) -> None:
    code = a_discount(**terms).code

    page = enter(shopper, code)

    assert page.status_code == status
    assert f"The discount code {code} {message}" in page_text(page)
    assert input_values(page)["new_discount_code"] == code
    assert '<details class="discount" open>' in page.text
    assert stored_code(shopper) == ""


def test_unknown_and_malformed_codes_say_what_to_do(shopper: TestClient) -> None:
    unknown, malformed = enter(shopper, "no-such-code"), enter(shopper, "10% off!")

    assert "There is no discount code NO-SUCH-CODE. Check its spelling." in page_text(unknown)
    assert "Enter a discount code of A to Z, 0 to 9 and hyphens" in page_text(malformed)
    assert (unknown.status_code, malformed.status_code) == (409, 422)


def test_card_number_in_the_field_is_not_sent_back(shopper: TestClient) -> None:
    page = enter(shopper, "4242 4242 4242 4242")

    assert page.status_code == 422
    assert "4242" not in page.text


def test_code_below_its_minimum_waits_until_the_cart_is_full_enough(shopper: TestClient) -> None:
    code = a_discount(minimum=4_000).code
    enter(shopper, code)

    waiting = page_text(shopper.get("/cart"))
    put_in_cart(shopper, a_product())
    reached = page_text(shopper.get("/cart"))

    assert f"Add €15.50 more to use the discount code {code}." in waiting
    assert "−€" not in waiting
    assert "−€4.90" in reached


def test_entering_codes_is_rate_limited(shopper: TestClient) -> None:
    valid = a_discount().code
    for number in range(ENTRIES_PER_NETWORK.max_hits):
        enter(shopper, f"GUESS-{number}")

    limited = enter(shopper, valid)

    assert limited.status_code == 429
    assert int(limited.headers["Retry-After"]) > 0
    assert "Too many attempts" in page_text(limited)
    assert stored_code(shopper) == ""


def test_order_has_the_discount_on_its_page(shopper: TestClient) -> None:
    code = a_discount().code
    enter(shopper, code)

    order_id = place_order(shopper)

    page = page_text(shopper.get(f"/orders/{order_id}"))
    assert find_order(order_id).discount_code == code
    assert f"Discount {code} −€4.90 Shipping" in page
    assert stored_code(shopper) == ""


def test_code_is_entered_at_the_checkout_and_nothing_typed_is_lost(shopper: TestClient) -> None:
    code = a_discount().code
    typed = checkout_form(shopper) | {"name": "Ada Lovelace", "delivery_note": "Ring twice."}

    page = enter(shopper, code, "/checkout/discount", **typed)

    values = input_values(page)
    assert (page.status_code, values["discount_code"], values["name"]) == (
        200,
        code,
        "Ada Lovelace",
    )
    assert "Ring twice." in page.text
    assert int(values["total"]) == int(typed["total"]) - 490
    removed = enter(shopper, "", "/checkout/discount", remove="yes", **typed)
    assert input_values(removed)["total"] == typed["total"]


def test_code_that_was_typed_but_not_applied_is_applied_before_anything_is_ordered(
    shopper: TestClient,
) -> None:
    """Enter in the field submits the form, and many forget the button."""
    code = a_discount().code
    form = checkout_form(shopper, new_discount_code=code)

    page = shopper.post("/checkout", data=form)

    values = input_values(page)
    assert (page.status_code, values["discount_code"]) == (200, code)
    assert "−€4.90" in page.text
    paid = shopper.post("/checkout", data=ADDRESS | _hidden(values))
    assert paid.status_code == 303


def _hidden(values: dict[str, str]) -> dict[str, str]:
    names = ("form", "cart_version", "total", "discount_code")
    return {name: values[name] for name in names if name in values}


def test_refused_code_at_the_checkout_keeps_the_form(shopper: TestClient) -> None:
    form = checkout_form(shopper) | {"name": "Ada Lovelace"}

    page = enter(shopper, "NO-SUCH-CODE", "/checkout/discount", **form)

    assert page.status_code == 409
    assert input_values(page)["name"] == "Ada Lovelace"
    assert "There is no discount code NO-SUCH-CODE" in page_text(page)


def test_refused_code_in_the_field_does_not_keep_the_order_from_being_placed(
    shopper: TestClient,
) -> None:
    form = checkout_form(shopper)
    page = enter(shopper, "NO-SUCH-CODE", "/checkout/discount", **form)
    values = input_values(page)

    paid = shopper.post("/checkout", data=values | ADDRESS)

    assert values["new_discount_code"] == "NO-SUCH-CODE"
    assert paid.status_code == 303


def test_code_that_stops_being_valid_orders_nothing_and_shows_the_new_total(
    shopper: TestClient,
) -> None:
    discount = a_discount()
    enter(shopper, discount.code)
    form = checkout_form(shopper)
    end_discount(discount, now=NOON, by=MERCHANT)

    page = shopper.post("/checkout", data=form)

    values = input_values(page)
    assert page.status_code == 409
    assert f"The discount code {discount.code} has ended." in page_text(page)
    assert "You haven't been charged." in page_text(page)
    assert (values["name"], "discount_code" in values) == ("Ada Potter", False)
    assert int(values["total"]) == int(form["total"]) + 490
    assert shopper.post("/checkout", data=ADDRESS | _hidden(values)).status_code == 303


def test_code_that_the_customer_has_used_is_refused_with_the_total_without_it(
    shopper: TestClient, another: TestClient
) -> None:
    """The cart does not know yet who the customer is."""
    discount = a_discount()
    enter(shopper, discount.code)
    place_order(shopper)
    put_in_cart(another, a_product())
    enter(another, discount.code)

    page = another.post("/checkout", data=checkout_form(another))

    assert page.status_code == 409
    assert "has already been used with this email address." in page_text(page)
    assert input_values(page)["total"] == str(4_900 + 590)
    assert find_own_discount(discount.code).redeemed == 1


def test_known_customer_sees_it_in_the_cart(open_browser: OpenBrowser, tables: None) -> None:
    discount = a_discount()
    browser = sign_in_as(open_browser(), "bo@potter.example")
    put_in_cart(browser, a_product())
    enter(browser, discount.code)
    place_order(browser, email="bo@potter.example")
    put_in_cart(browser, a_product())

    page = enter(browser, discount.code)

    assert "has already been used with this email address." in page_text(page)


def test_second_submit_of_a_form_with_a_code_leads_to_the_same_order(shopper: TestClient) -> None:
    discount = a_discount(max_redemptions=1)
    enter(shopper, discount.code)
    form = checkout_form(shopper)

    first, second = (shopper.post("/checkout", data=form) for _ in range(2))

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["location"] == second.headers["location"]
    assert find_own_discount(discount.code).redeemed == 1


def test_code_that_was_removed_in_another_tab_is_not_charged_for(shopper: TestClient) -> None:
    enter(shopper, a_discount().code)
    form = checkout_form(shopper)
    shopper.post("/cart/discount", data={"remove": "yes"})

    page = shopper.post("/checkout", data=form)

    assert page.status_code == 409
    assert "Your cart was changed in another window." in page_text(page)


def test_declined_payment_keeps_the_code_for_the_next_attempt(shopper: TestClient) -> None:
    discount = a_discount(max_redemptions=1)
    enter(shopper, discount.code)
    order_id = place_order(shopper, payment_method="pm_declined")
    charge(order_id, now=NOON)
    release(order_id, now=NOON)

    shopper.post(f"/orders/{order_id}/reorder")
    again = shopper.post(
        "/checkout", data=ADDRESS | _hidden(input_values(shopper.get("/checkout")))
    )

    placed = find_order(again.headers["location"].removeprefix("/orders/"))
    assert placed.discount_code == discount.code
    assert find_own_discount(discount.code).redeemed == 1


def test_code_of_a_guest_moves_to_the_account_with_the_cart(
    shopper: TestClient, another: TestClient
) -> None:
    code = a_discount().code
    enter(shopper, code)
    guest = sha256_hex(shopper.cookies["visitor"])

    *_, merged = move_cart(
        guest, customer_id("cy@potter.example"), lambda _, cart: cart, now=clock.now()
    )

    assert merged.draft.discount_code == code


def test_messages_and_totals_are_in_german(shopper: TestClient) -> None:
    code = a_discount(minimum=4_000).code

    page = shopper.post("/de/cart/discount", data={"new_discount_code": "NO-SUCH-CODE"})
    enter(shopper, code)
    waiting = page_text(shopper.get("/de/cart"))

    assert "Den Rabattcode NO-SUCH-CODE gibt es nicht." in page_text(page)
    assert f"Noch 15,50 €, dann gilt der Rabattcode {code}." in waiting.replace("\xa0", " ")


def test_other_site_cannot_enter_a_code(shopper: TestClient) -> None:
    code = a_discount().code
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

    answer = shopper.post("/cart/discount", data={"new_discount_code": code}, headers=headers)

    assert answer.status_code == 403
    assert stored_code(shopper) == ""


def test_row_of_a_usual_order_with_a_code_fits_in_one_write_unit(shopper: TestClient) -> None:
    enter(shopper, a_discount("WELCOME-1").code)

    row = Order.get(place_order(shopper), "order").serialize()

    size = sum(len(name) + len(str(next(iter(it.values())))) for name, it in row.items())
    assert size < 1_024
