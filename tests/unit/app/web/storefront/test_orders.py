"""The order page: polling, signed links, cancellation, reorder, and the order history."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from ulid import ULID

from app.aws.secrets import signing_secret
from app.orders import order_list
from app.orders.compensation import refund, release
from app.orders.payment import charge
from app.orders.queries import load_order_details
from app.orders.review import expire_review, request_review
from app.orders.shipping import ship
from app.orders.signed_links import order_key
from app.shipping.carrier import CarrierUnavailable
from app.shipping.fake_carrier import FakeCarrier
from tests.builders import NOON, a_product, an_order, counters, sku_of
from tests.unit.app.web.pages import (
    FRAGMENT_HEADERS,
    heading,
    input_values,
    page_text,
    place_order,
    put_in_cart,
    sign_in_as,
)


def now() -> datetime:
    return datetime.now(UTC)


def packed() -> datetime:
    return now() + timedelta(days=1)


def status_line(page: Response) -> str:
    line = page.text.split('id="status-line" role="status">')[1].split("<")[0]
    return unescape(line)


def test_order_page_follows_the_order_from_placed_to_shipped(browser: TestClient) -> None:
    page = f"/orders/{place_order(browser)}"
    order_id = page.removeprefix("/orders/")
    assert heading(browser.get(page)) == "Thank you, Ada."

    charge(order_id, now=now())
    paid = browser.get(page)
    assert heading(paid) == "Thank you, Ada."
    assert status_line(paid) == "We're packing your order."

    ship(order_id, now=packed())
    shipped = browser.get(page)
    assert heading(shipped) == "Thank you, Ada."
    assert status_line(shipped) == "Your order is on its way."
    assert "Expected on" in page_text(shipped)
    assert f"Tracking code: {load_order_details(order_id).order.tracking_code}" in page_text(
        shipped
    )


def test_order_page_polls_until_the_order_is_closed(browser: TestClient) -> None:
    order_id = place_order(browser)
    assert 'hx-trigger="every 2s"' in browser.get(f"/orders/{order_id}").text
    assert '<noscript><meta http-equiv="refresh"' in browser.get(f"/orders/{order_id}").text

    charge(order_id, now=now())
    ship(order_id, now=packed())

    final = browser.get(f"/orders/{order_id}", headers=FRAGMENT_HEADERS)
    assert "hx-trigger" not in final.text
    assert "http-equiv" not in browser.get(f"/orders/{order_id}").text


def test_poll_without_changes_gets_204(browser: TestClient) -> None:
    order_id = place_order(browser)
    page = browser.get(f"/orders/{order_id}").text
    poll = page.split('hx-get="')[1].split('"')[0]

    assert browser.get(poll, headers=FRAGMENT_HEADERS).status_code == 204

    charge(order_id, now=now())
    fragment = browser.get(poll, headers=FRAGMENT_HEADERS)
    assert fragment.status_code == 200
    assert fragment.text.lstrip().startswith('<section id="status"')
    assert "<html" not in fragment.text


def test_order_page_links_the_carriers_page_of_the_parcel(browser: TestClient) -> None:
    order_id = place_order(browser)
    charge(order_id, now=now())
    ship(order_id, now=packed())
    page = browser.get(f"/orders/{order_id}").text

    link = page.split('<a href="/sandbox-carrier/')[1].split('"')[0]
    parcel = browser.get(f"/sandbox-carrier/{link}")

    assert parcel.status_code == 200
    assert heading(parcel) == "On its way"
    assert "Ada" not in page_text(parcel)


def test_order_page_opens_while_the_carrier_is_away(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = place_order(browser)
    charge(order_id, now=now())
    ship(order_id, now=packed())

    def unavailable(*_: object, **__: object) -> None:
        raise CarrierUnavailable("no response")

    monkeypatch.setattr(FakeCarrier, "track", unavailable)

    page = browser.get(f"/orders/{order_id}")
    assert page.status_code == 200
    assert status_line(page) == "Your order is on its way."


@pytest.mark.parametrize(
    "code",
    ["HC", "x" * 40, "HC012345678920310612DE0", "HC0123456789%3Cb%3E", "HC012345678999991231DE",
     "HC012345678920319999DE", "HC012345678921000101DE"],
)  # fmt: skip
def test_code_that_the_carrier_never_gave_has_no_page(browser: TestClient, code: str) -> None:
    assert browser.get(f"/sandbox-carrier/{code}").status_code == 404


def test_review_that_timed_out_apologises_and_offers_to_order_again(browser: TestClient) -> None:
    order_id = place_order(browser, a_product(price=60_000))
    request_review(order_id, "token", now=now())
    expire_review(order_id, now=now() + timedelta(days=3))

    page = browser.get(f"/orders/{order_id}")

    assert "We're sorry, we couldn't review this order in time." in status_line(page)
    assert '<button class="button" id="reorder">' in page.text


def test_polling_url_opened_as_a_page_is_a_full_page(browser: TestClient) -> None:
    order_id = place_order(browser)

    assert "<html" in browser.get(f"/orders/{order_id}?revision=whatever").text


def test_order_of_another_visitor_looks_like_an_unknown_order(
    browser: TestClient, another: TestClient
) -> None:
    order_id = place_order(browser)

    foreign, unknown = another.get(f"/orders/{order_id}"), another.get(f"/orders/{ULID()}")

    assert foreign.status_code == unknown.status_code == 404
    assert page_text(foreign) == page_text(unknown)
    assert another.post(f"/orders/{order_id}/cancel").status_code == 404
    assert another.post(f"/orders/{order_id}/reorder").status_code == 404


@pytest.mark.parametrize("order_id", ["x", "0" * 26 + "a", "%00", "..%2f..", "I" * 26])
def test_invalid_order_id_is_not_found(browser: TestClient, order_id: str) -> None:
    assert browser.get(f"/orders/{order_id}").status_code == 404


def test_signed_link_of_an_email_opens_the_order_and_is_removed_from_the_url(
    browser: TestClient, another: TestClient
) -> None:
    order_id = place_order(browser)
    key = order_key(order_id, signing_secret())

    response = another.get(f"/orders/{order_id}?key={key}")

    assert (response.status_code, response.headers["location"]) == (303, f"/orders/{order_id}")
    assert f"Path=/orders/{order_id}" in response.headers["set-cookie"]
    assert another.get(f"/orders/{order_id}").status_code == 200


def test_signed_link_that_is_forged_or_of_another_order_is_refused(
    browser: TestClient, another: TestClient
) -> None:
    order_id, other_id = place_order(browser), place_order(browser)
    key = order_key(order_id, signing_secret())

    assert another.get(f"/orders/{order_id}?key={key[:-1]}").status_code == 404
    assert another.get(f"/orders/{other_id}?key={key}").status_code == 404
    forged = {"Cookie": f"order={key}"}
    assert another.get(f"/orders/{other_id}", headers=forged).status_code == 404


def test_cancelling_before_the_payment_closes_the_order_at_once(browser: TestClient) -> None:
    product = a_product()
    order_id = place_order(browser, product)
    assert ">Cancel order</button>" in browser.get(f"/orders/{order_id}").text

    response = browser.post(f"/orders/{order_id}/cancel")

    assert response.headers["location"] == f"/orders/{order_id}"
    page = browser.get(f"/orders/{order_id}")
    assert heading(page) == "Your order is cancelled."
    assert "You cancelled this order. Nothing was charged." in page_text(page)
    assert counters(product) == (20, 0, 0)


def test_cancelling_a_paid_order_shows_the_refund(browser: TestClient) -> None:
    order_id = place_order(browser, a_product(price=2_450))
    charge(order_id, now=now())
    assert "We'll refund €30.40." in page_text(browser.get(f"/orders/{order_id}"))

    fragment = browser.post(f"/orders/{order_id}/cancel", headers=FRAGMENT_HEADERS)
    assert heading(fragment) == "Cancelling your order."

    refund(order_id, now=now())
    release(order_id, now=now())
    assert "We've refunded €30.40" in page_text(browser.get(f"/orders/{order_id}"))


def test_cancelling_a_shipped_order_is_refused_with_a_reason(browser: TestClient) -> None:
    order_id = place_order(browser)
    charge(order_id, now=now())
    ship(order_id, now=packed())

    response = browser.post(f"/orders/{order_id}/cancel")

    assert response.status_code == 409
    assert "can no longer be cancelled" in page_text(response)


def test_cancellation_is_idempotent(browser: TestClient) -> None:
    order_id = place_order(browser)
    browser.post(f"/orders/{order_id}/cancel")

    assert browser.post(f"/orders/{order_id}/cancel").status_code == 303


def test_get_request_cancels_nothing(browser: TestClient) -> None:
    order_id = place_order(browser)

    assert browser.get(f"/orders/{order_id}/cancel").status_code == 405
    assert not load_order_details(order_id).order.finished


@pytest.mark.parametrize(
    ("method", "reason"),
    [("pm_declined", "bank declined the payment"), ("pm_insufficient_funds", "enough funds")],
)
def test_declined_order_shows_the_reason_and_offers_another_payment_method(
    browser: TestClient, method: str, reason: str
) -> None:
    order_id = place_order(browser, payment_method=method)
    charge(order_id, now=now())
    release(order_id, now=now())

    page = browser.get(f"/orders/{order_id}")
    assert reason in page_text(page)
    assert "Nothing was charged" in page_text(page)

    response = browser.post(f"/orders/{order_id}/reorder")
    assert response.headers["location"] == "/checkout#declined"
    assert "Pay €" in page_text(browser.get("/checkout"))


def test_reorder_is_idempotent(browser: TestClient) -> None:
    order_id = place_order(browser, payment_method="pm_declined")
    charge(order_id, now=now())
    release(order_id, now=now())

    browser.post(f"/orders/{order_id}/reorder")
    browser.post(f"/orders/{order_id}/reorder")

    assert "Cart (1)" in page_text(browser.get("/cart"))


def test_closed_order_can_be_reordered(browser: TestClient) -> None:
    order_id = place_order(browser, a_product(title="Round tea pot"))
    browser.post(f"/orders/{order_id}/cancel")
    assert "Order again" in page_text(browser.get(f"/orders/{order_id}"))

    response = browser.post(f"/orders/{order_id}/reorder")

    assert (response.status_code, response.headers["location"]) == (303, "/cart")
    assert "Round tea pot" in page_text(browser.get("/cart"))


def test_reorder_names_sold_out_products(browser: TestClient, another: TestClient) -> None:
    last_one = a_product(title="Round tea pot", quantity=1)
    order_id = place_order(browser, last_one)
    charge(order_id, now=now())
    ship(order_id, now=packed())

    cart = browser.get(browser.post(f"/orders/{order_id}/reorder").headers["location"])

    assert "Round tea pot is sold out and wasn't added." in page_text(cart)


def test_reorder_limits_quantities_to_the_stock(browser: TestClient) -> None:
    product = a_product(quantity=5)
    put_in_cart(browser, product, 2)
    order_id = place_order(browser, product)  # with one more: three of five
    charge(order_id, now=now())
    ship(order_id, now=packed())

    cart = browser.get(browser.post(f"/orders/{order_id}/reorder").headers["location"])

    assert "Only 2 left, so we've changed the quantity." in page_text(cart)
    assert "Cart (2)" in page_text(cart)


def test_forged_query_cannot_claim_that_a_product_sold_out(browser: TestClient) -> None:
    product = a_product(title="Round tea pot")

    page = page_text(browser.get(f"/cart?missing={sku_of(product)},nonsense"))

    assert "sold out" not in page


def test_guest_is_offered_to_sign_in_after_the_order_only(
    browser: TestClient,
) -> None:
    put_in_cart(browser, a_product())
    assert "Track all your orders" not in page_text(browser.get("/checkout"))

    page = browser.get(f"/orders/{place_order(browser)}")

    assert "Track all your orders" in page_text(page)
    assert input_values(page)["email"] == "ada@potter.example"


def test_only_a_paid_order_has_a_receipt(browser: TestClient) -> None:
    order_id = place_order(browser)
    number = load_order_details(order_id).order.number
    assert "receipt" not in page_text(browser.get(f"/orders/{order_id}")).lower()

    charge(order_id, now=now())

    assert f"Receipt for order {number} , placed on" in page_text(
        browser.get(f"/orders/{order_id}")
    )


def test_order_status_cannot_be_set_by_a_request(browser: TestClient) -> None:
    order_id = place_order(browser)

    browser.post(f"/orders/{order_id}/cancel?status=shipped", data={"status": "shipped"})

    assert load_order_details(order_id).order.status == "cancelled"


def test_order_history_requires_authentication(browser: TestClient) -> None:
    response = browser.get("/orders")

    assert response.headers["location"] == "/sign-in?next=/orders"


def test_order_history_has_every_order_a_page_at_a_time(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_list, "PAGE_SIZE", 2)
    email, product = f"{ULID()}@potter.example".lower(), a_product(quantity=50)
    orders = [an_order(product, now=NOON + timedelta(hours=n), email=email) for n in range(5)]
    sign_in_as(browser, email)

    shown, address = [], "/orders"
    while address:
        page = browser.get(address)
        shown += re.findall(r'<h2><a href="/orders/(\w+)"', page.text)
        earlier = re.search(r'href="([^"]+)">Earlier orders', page.text)
        address = earlier[1] if earlier else ""

    assert shown == [order.order_id for order in reversed(orders)]
    assert 'href="/orders">Newest orders' in page.text
    assert browser.get("/orders?cursor=forged").headers["location"] == "/orders"
