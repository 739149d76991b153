"""One purchase until it is paid: what was entered at the checkout is kept with the cart."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app.aws.secrets import signing_secret
from app.cart.models import CART_TTL, CartRow, load_cart, move_cart
from app.cart.visitor import load_visitor
from app.catalog.models import Product
from app.customers.models import customer_id, sha256_hex, visitor_key
from app.inventory.models import Stock
from app.orders.compensation import release
from app.orders.models import Order
from app.orders.payment import charge
from app.orders.payment_events import follow_payment_event
from app.orders.queries import load_order_details
from app.orders.signed_links import order_key
from app.payments import sandbox_dashboard
from app.payments.webhooks import read_payment_event
from tests.builders import NOON, a_product, captured_intents, sku_of
from tests.unit.app.web.pages import (
    ADDRESS,
    checkout_form,
    input_values,
    page_text,
    place_order,
    put_in_cart,
    sign_in_as,
)
from tests.unit.app.web.storefront.test_account import an_email

BILLING = {
    "billing_differs": "yes",
    "billing_country": "FR",
    "billing_name": "Marie Petit",
    "billing_street": "1 rue de Rivoli",
    "billing_postal_code": "75001",
    "billing_city": "Paris",
}
DETAILS = {
    **BILLING,
    "company": "Potter & Co",
    "street2": "2nd floor",
    "phone": "+49 30 1234567",
    "delivery_note": "Ring twice.",
}


REMOVE = "Remove my orders from this browser"


def visitor_of(browser: TestClient) -> str:
    return sha256_hex(browser.cookies["visitor"])


def decline(browser: TestClient, product: Product | None = None, **details: str) -> str:
    """Place an order whose payment is declined, and return its id."""
    order_id = place_order(browser, product, payment_method="pm_declined", **details)
    charge(order_id, now=NOON)
    release(order_id, now=NOON)
    return order_id


def retry(browser: TestClient, order_id: str) -> str:
    """Press "Try another payment method", and return where that leads."""
    response = browser.post(f"/orders/{order_id}/reorder")
    assert response.status_code == 303
    return str(response.headers["location"])


def assert_filled_in(page_values: dict[str, str], text: str = "") -> None:
    expected = ADDRESS | DETAILS
    inputs = expected.keys() - {"country", "billing_country", "payment_method", "delivery_note"}
    assert {name: page_values.get(name) for name in inputs} == {it: expected[it] for it in inputs}


def test_declined_payment_leads_to_the_payment_with_everything_filled_in(
    browser: TestClient,
) -> None:
    order_id = decline(browser, product := a_product(), **DETAILS)

    assert retry(browser, order_id) == "/checkout#declined"

    page = browser.get("/checkout")
    assert_filled_in(input_values(page))
    assert 'value="FR" selected' in page.text
    assert ">Ring twice.</textarea>" in page.text
    assert sku_of(product) in {it.sku for it in load_cart(visitor_of(browser)).lines}


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ("pm_declined", "Your bank declined the payment."),
        ("pm_insufficient_funds", "There weren't enough funds."),
    ],
)
def test_reason_stands_beside_the_payment(browser: TestClient, method: str, reason: str) -> None:
    order_id = place_order(browser, payment_method=method)
    charge(order_id, now=NOON)
    order = release(order_id, now=NOON)

    retry(browser, order_id)

    page = browser.get("/checkout")
    payment = page.text.split('<fieldset id="payment"')[1]
    assert reason in page_text(page)
    assert f"Order {order.number} was not paid. Choose another payment method." in payment
    assert 'role="alert" tabindex="-1" autofocus' in payment
    assert input_values(page)["payment_method"] == "pm_succeeds"  # not the declined one


def test_reason_is_in_the_language_of_the_reader(browser: TestClient) -> None:
    retry(browser, decline(browser))

    page = browser.get("/checkout", headers={"Accept-Language": "de"})

    assert "Deine Bank hat die Zahlung abgelehnt." in page_text(page)
    assert "Wähle eine andere Zahlungsart." in page_text(page)


def test_second_attempt_is_a_new_order_with_the_same_details(browser: TestClient) -> None:
    declined = decline(browser, product := a_product(), **DETAILS)
    retry(browser, declined)
    page = browser.get("/checkout")

    form = {**input_values(page), "country": "DE", "billing_country": "FR"}
    placed = browser.post("/checkout", data=form | {"delivery_note": "Ring twice."})

    order = order_at(placed.headers["location"])
    first = load_order_details(declined).order
    assert order.order_id != declined
    assert (order.address, order.billing_address) == (first.address, first.billing_address)
    assert (order.email, order.delivery_note) == (first.email, first.delivery_note)
    assert [it.sku for it in order.lines] == [sku_of(product)]


def order_at(path: str) -> Order:
    return load_order_details(path.removeprefix("/orders/")).order


def pay_again(browser: TestClient, method: str = "pm_succeeds") -> str:
    form = input_values(browser.get("/checkout")) | {"country": "DE", "payment_method": method}
    response = browser.post("/checkout", data=form)
    assert response.status_code == 303, page_text(response)
    return str(response.headers["location"]).removeprefix("/orders/")


def test_reason_is_gone_once_another_payment_was_started(browser: TestClient) -> None:
    retry(browser, decline(browser))
    pay_again(browser)

    put_in_cart(browser, a_product())

    page = browser.get("/checkout")
    assert "was not paid" not in page_text(page)
    assert input_values(page)["street"] == ADDRESS["street"]


def test_reason_is_gone_with_the_items_of_the_declined_purchase(browser: TestClient) -> None:
    retry(browser, decline(browser, product := a_product()))
    browser.post(f"/cart/lines/{sku_of(product)}", data={"quantity": "0"})

    put_in_cart(browser, a_product())

    assert "was not paid" not in page_text(browser.get("/checkout"))


# --- never paid twice -------------------------------------------------------------------------


def test_retry_in_another_tab_leads_to_the_order_that_is_being_paid(browser: TestClient) -> None:
    declined = decline(browser, product := a_product())
    retry(browser, declined)
    second = pay_again(browser)

    assert retry(browser, declined) == f"/orders/{second}"

    assert not load_cart(visitor_of(browser)).lines
    assert Stock.get(sku_of(product)).reserved == 1


def test_each_declined_attempt_leads_to_the_last_one(browser: TestClient) -> None:
    first = decline(browser)
    retry(browser, first)
    second = pay_again(browser, "pm_declined")
    charge(second, now=NOON)
    release(second, now=NOON)
    assert retry(browser, second) == "/checkout#declined"

    third = pay_again(browser)

    assert retry(browser, first) == retry(browser, second) == f"/orders/{third}"


def test_retry_pressed_twice_fills_the_cart_once(browser: TestClient) -> None:
    declined = decline(browser, product := a_product())

    assert retry(browser, declined) == retry(browser, declined) == "/checkout#declined"

    assert load_cart(visitor_of(browser)).quantity_of(sku_of(product)) == 1


def test_retry_in_two_tabs_places_one_order(browser: TestClient) -> None:
    declined = decline(browser, product := a_product())
    retry(browser, declined)
    one, two = (input_values(browser.get("/checkout")) | {"country": "DE"} for _ in range(2))

    first, second = (browser.post("/checkout", data=form) for form in (one, two))

    assert (first.status_code, second.status_code) == (303, 409)
    assert Stock.get(sku_of(product)).reserved == 1


def test_payment_that_was_captured_after_all_is_refunded_and_the_second_one_stays(
    browser: TestClient,
) -> None:
    declined = decline(browser)
    retry(browser, declined)
    second = charge(pay_again(browser), now=NOON)

    body = sandbox_dashboard.capture_late(declined, now=NOON)
    event = read_payment_event(body)
    assert event
    follow_payment_event(event, now=NOON)

    assert load_order_details(declined).order.refunded == second.total
    assert len(captured_intents(second)) == 1


def test_cart_that_changed_since_the_decline_keeps_both(browser: TestClient) -> None:
    declined = decline(browser, product := a_product())
    put_in_cart(browser, other := a_product(), 2)

    assert retry(browser, declined) == "/checkout#declined"

    cart = load_cart(visitor_of(browser))
    assert (cart.quantity_of(sku_of(product)), cart.quantity_of(sku_of(other))) == (1, 2)


def test_retry_without_the_item_leads_to_the_cart_and_keeps_the_details(
    browser: TestClient,
) -> None:
    declined = decline(browser, product := a_product(), **DETAILS)
    Stock(sku_of(product)).update(actions=[Stock.available.set(0), Stock.received.set(0)])

    assert retry(browser, declined).startswith("/cart?missing=")

    put_in_cart(browser, a_product())
    page = browser.get("/checkout")
    assert_filled_in(input_values(page))
    assert "was not paid" not in page_text(page)


# --- the next purchase ------------------------------------------------------------------------


def test_next_purchase_of_a_guest_is_filled_in(browser: TestClient) -> None:
    place_order(browser, None, **DETAILS)

    put_in_cart(browser, a_product())

    assert_filled_in(input_values(browser.get("/checkout")))


def test_draft_of_a_guest_ends_with_the_cart(browser: TestClient) -> None:
    place_order(browser)
    visitor = visitor_of(browser)
    row = CartRow.get(visitor_key(visitor), "cart")
    assert row.expires_at <= row.expires_at.now(row.expires_at.tzinfo) + CART_TTL

    kept = load_visitor(visitor, now=row.expires_at - timedelta(seconds=1))
    gone = load_visitor(visitor, now=row.expires_at)

    assert kept.cart.draft.values["street"] == ADDRESS["street"]
    assert not gone.cart.draft.values


def test_signing_out_forgets_the_draft_of_a_guest(browser: TestClient) -> None:
    place_order(browser)
    visitor = visitor_of(browser)

    browser.post("/sign-out")

    assert not load_cart(visitor).draft.values
    put_in_cart(browser, a_product())
    assert input_values(browser.get("/checkout"))["street"] == ""


def test_guest_can_remove_remembered_details_where_they_are_filled_in(
    browser: TestClient, another: TestClient
) -> None:
    place_order(browser)
    put_in_cart(browser, a_product())
    put_in_cart(another, a_product())

    page = browser.get("/checkout")
    browser.post("/sign-out")

    assert REMOVE in page_text(page)
    assert '<form id="forget-details" method="post" action="/sign-out" hidden>' in page.text
    assert '<button class="link" form="forget-details">' in page.text
    assert REMOVE not in page_text(another.get("/checkout")), "nothing is filled in"
    put_in_cart(browser, a_product())
    assert REMOVE not in page_text(browser.get("/checkout")), "nothing is left"


def test_customer_is_not_offered_to_remove_details(browser: TestClient) -> None:
    email = an_email()
    place_order(sign_in_as(browser, email), email=email)
    put_in_cart(browser, a_product())

    assert REMOVE not in page_text(browser.get("/checkout")), "signing out is in the account"


def test_another_browser_sees_nothing_of_the_draft(
    browser: TestClient, another: TestClient
) -> None:
    place_order(browser)

    put_in_cart(another, a_product())

    assert input_values(another.get("/checkout"))["street"] == ""


def test_draft_of_a_customer_is_there_on_every_device(
    browser: TestClient, another: TestClient
) -> None:
    email = f"ada-{ULID()}@potter.example".lower()
    place_order(sign_in_as(browser, email), None, **DETAILS)

    put_in_cart(sign_in_as(another, email), a_product())

    assert input_values(another.get("/checkout"))["company"] == "Potter & Co"


def test_refused_form_keeps_its_valid_fields_for_the_next_visit(browser: TestClient) -> None:
    form = checkout_form(browser) | DETAILS | {"postal_code": "1", "name": "Ada 4242424242424242"}
    assert browser.post("/checkout", data=form).status_code == 422

    values = input_values(browser.get("/checkout"))

    assert (values["street"], values["company"]) == (ADDRESS["street"], "Potter & Co")
    assert (values["postal_code"], values["name"]) == ("", "")


def test_sold_out_product_does_not_cost_the_details(browser: TestClient) -> None:
    form = checkout_form(browser, product := a_product()) | DETAILS
    put_in_cart(browser, a_product())
    Stock(sku_of(product)).update(actions=[Stock.available.set(0), Stock.received.set(0)])
    browser.post("/checkout", data=form | {"cart_version": "2"})

    browser.post(f"/cart/lines/{sku_of(product)}", data={"quantity": "0"})

    assert_filled_in(input_values(browser.get("/checkout")))


def test_refused_form_does_not_change_the_version_of_the_cart(browser: TestClient) -> None:
    """The form in another tab stays valid."""
    form = checkout_form(browser)

    browser.post("/checkout", data=form | {"city": ""})

    assert browser.post("/checkout", data=form).status_code == 303


def test_draft_never_has_card_data(browser: TestClient) -> None:
    card = "4242 4242 4242 4242"
    for field in ("name", "company", "street2", "delivery_note", "phone", "city"):
        browser.post("/checkout", data=checkout_form(browser) | {field: card})

        row = CartRow.get(visitor_key(visitor_of(browser)), "cart")

        assert "4242" not in str(row.serialize())


def test_draft_keeps_of_a_checkbox_only_that_it_is_checked(browser: TestClient) -> None:
    form = checkout_form(browser, email="ada", billing_differs="4242 4242 4242 4242")
    browser.post("/checkout", data=form)

    draft = load_cart(visitor_of(browser)).draft

    assert draft.values["billing_differs"] == "yes"


def test_order_again_is_filled_in_from_the_order(browser: TestClient) -> None:
    order_id = decline(browser, None, **DETAILS)
    load_order_details(order_id).order.update(actions=[Order.status.set("cancelled")])
    CartRow.get(visitor_key(visitor_of(browser)), "cart").update(actions=[CartRow.draft.remove()])

    assert retry(browser, order_id) == "/cart"

    page = browser.get("/checkout")
    assert_filled_in(input_values(page))
    assert "was not paid" not in page_text(page)


def test_reader_of_an_order_link_who_orders_again_gets_the_items_and_no_details(
    browser: TestClient, another: TestClient
) -> None:
    order_id = place_order(browser, None, **DETAILS)
    key = order_key(order_id, signing_secret())
    another.get(f"/orders/{order_id}?key={key}")

    answer = another.post(f"/orders/{order_id}/reorder")

    assert answer.status_code == 303
    page = another.get("/checkout")
    assert page.status_code == 200
    values = input_values(page)
    assert not values.get("name")
    assert not values.get("email")
    assert "12 Kiln Row" not in page.text
    assert "Ring twice" not in page.text


def test_draft_of_a_guest_moves_only_to_their_own_account(
    browser: TestClient, another: TestClient
) -> None:
    email = f"ada-{ULID()}@potter.example".lower()
    place_order(browser, None, email=email)
    place_order(another, None, email="grace@potter.example")
    ada = customer_id(email)

    move_cart(visitor_of(another), ada, lambda mine, _: mine, now=datetime.now(UTC))
    assert not load_cart(ada).draft.values

    move_cart(visitor_of(browser), ada, lambda mine, _: mine, now=datetime.now(UTC))
    assert load_cart(ada).draft.email == email
    assert not load_cart(visitor_of(browser)).draft.values


def test_draft_of_a_customer_wins_over_that_of_the_guest(
    browser: TestClient, another: TestClient
) -> None:
    email = f"ada-{ULID()}@potter.example".lower()
    place_order(sign_in_as(another, email), None, email=email, street="1 Customer Row")
    place_order(browser, None, email=email, street="2 Guest Row")

    move_cart(visitor_of(browser), customer_id(email), lambda mine, _: mine, now=datetime.now(UTC))

    assert load_cart(customer_id(email)).draft.values["street"] == "1 Customer Row"
