from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app.aws.secrets import secret
from app.orders.compensation import refund, release
from app.orders.payment import charge
from app.orders.queries import story_of
from app.orders.shipping import ship
from app.orders.signed_links import order_key
from tests.builders import a_product, counters, sku_of
from tests.unit.app.web.pages import PART, heading, placed, put_in_cart, typed, words


def now() -> datetime:
    return datetime.now(UTC)


def packed() -> datetime:
    return now() + timedelta(days=1)


def test_an_order_is_followed_from_placed_to_shipped(browser: TestClient) -> None:
    page = f"/orders/{placed(browser)}"
    order_id = page.removeprefix("/orders/")
    assert heading(browser.get(page)) == "Thank you, Ada."

    charge(order_id, now=now())
    assert heading(browser.get(page)) == "Being packed, Ada."

    ship(order_id, now=packed())
    shipped = browser.get(page)
    assert heading(shipped) == "On its way, Ada."
    assert f"Tracking code {story_of(order_id).order.tracking_code}" in words(shipped)


def test_a_page_polls_until_the_order_is_final(browser: TestClient) -> None:
    order_id = placed(browser)
    assert 'hx-trigger="every 2s"' in browser.get(f"/orders/{order_id}").text
    assert '<noscript><meta http-equiv="refresh"' in browser.get(f"/orders/{order_id}").text

    charge(order_id, now=now())
    ship(order_id, now=packed())

    final = browser.get(f"/orders/{order_id}", headers=PART)
    assert "hx-trigger" not in final.text
    assert "http-equiv" not in browser.get(f"/orders/{order_id}").text


def test_a_poll_that_finds_nothing_new_draws_nothing(browser: TestClient) -> None:
    order_id = placed(browser)
    page = browser.get(f"/orders/{order_id}").text
    poll = page.split('hx-get="')[1].split('"')[0]

    assert browser.get(poll, headers=PART).status_code == 204

    charge(order_id, now=now())
    part = browser.get(poll, headers=PART)
    assert part.status_code == 200
    assert part.text.lstrip().startswith('<section id="status"')
    assert "<html" not in part.text


def test_a_poll_opened_as_a_page_is_a_page(browser: TestClient) -> None:
    order_id = placed(browser)

    assert "<html" in browser.get(f"/orders/{order_id}?seen=whatever").text


def test_another_visitor_gets_what_an_unknown_order_gets(
    browser: TestClient, another: TestClient
) -> None:
    order_id = placed(browser)

    foreign, unknown = another.get(f"/orders/{order_id}"), another.get(f"/orders/{ULID()}")

    assert foreign.status_code == unknown.status_code == 404
    assert words(foreign) == words(unknown)
    assert another.post(f"/orders/{order_id}/cancel").status_code == 404
    assert another.post(f"/orders/{order_id}/again").status_code == 404


@pytest.mark.parametrize("order_id", ["x", "0" * 26 + "a", "%00", "..%2f..", "I" * 26])
def test_what_is_no_order_id_is_not_found(browser: TestClient, order_id: str) -> None:
    assert browser.get(f"/orders/{order_id}").status_code == 404


def test_the_link_of_a_letter_opens_the_order_once_and_leaves_a_clean_address(
    browser: TestClient, another: TestClient
) -> None:
    order_id = placed(browser)
    key = order_key(order_id, secret())

    answer = another.get(f"/orders/{order_id}?key={key}")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/orders/{order_id}")
    assert f"Path=/orders/{order_id}" in answer.headers["set-cookie"]
    assert another.get(f"/orders/{order_id}").status_code == 200


def test_a_changed_or_foreign_link_opens_nothing(browser: TestClient, another: TestClient) -> None:
    order_id, other_id = placed(browser), placed(browser)
    key = order_key(order_id, secret())

    assert another.get(f"/orders/{order_id}?key={key[:-1]}").status_code == 404
    assert another.get(f"/orders/{other_id}?key={key}").status_code == 404
    forged = {"Cookie": f"order={key}"}
    assert another.get(f"/orders/{other_id}", headers=forged).status_code == 404


def test_cancelling_before_the_money_moved_ends_it_at_once(browser: TestClient) -> None:
    product = a_product()
    order_id = placed(browser, product)
    assert ">Cancel order</button>" in browser.get(f"/orders/{order_id}").text

    answer = browser.post(f"/orders/{order_id}/cancel")

    assert answer.headers["location"] == f"/orders/{order_id}"
    page = browser.get(f"/orders/{order_id}")
    assert heading(page) == "This order is cancelled."
    assert "You cancelled it. Nothing was charged." in words(page)
    assert counters(product) == (20, 0, 0)


def test_cancelling_a_paid_order_says_what_comes_back(browser: TestClient) -> None:
    order_id = placed(browser, a_product(price=2_450))
    charge(order_id, now=now())
    assert "€30.40 goes back to you" in words(browser.get(f"/orders/{order_id}"))

    part = browser.post(f"/orders/{order_id}/cancel", headers=PART)
    assert heading(part) == "Cancelling it, as you wish."

    refund(order_id, now=now())
    release(order_id, now=now())
    assert "€30.40 went back the way it came" in words(browser.get(f"/orders/{order_id}"))


def test_cancelling_too_late_is_refused_in_words(browser: TestClient) -> None:
    order_id = placed(browser)
    charge(order_id, now=now())
    ship(order_id, now=packed())

    answer = browser.post(f"/orders/{order_id}/cancel")

    assert answer.status_code == 409
    assert "can no longer be cancelled" in words(answer)


def test_cancelling_twice_changes_nothing(browser: TestClient) -> None:
    order_id = placed(browser)
    browser.post(f"/orders/{order_id}/cancel")

    assert browser.post(f"/orders/{order_id}/cancel").status_code == 303


def test_nothing_is_cancelled_by_looking(browser: TestClient) -> None:
    order_id = placed(browser)

    assert browser.get(f"/orders/{order_id}/cancel").status_code == 405
    assert not story_of(order_id).order.finished


@pytest.mark.parametrize(
    ("method", "said"),
    [("pm_declined", "bank said no"), ("pm_insufficient_funds", "not enough money")],
)
def test_a_declined_order_says_why_and_offers_another_way(
    browser: TestClient, method: str, said: str
) -> None:
    order_id = placed(browser, payment_method=method)
    charge(order_id, now=now())
    release(order_id, now=now())

    page = browser.get(f"/orders/{order_id}")
    assert said in words(page)
    assert "No money was taken" in words(page)

    answer = browser.post(f"/orders/{order_id}/again")
    assert answer.headers["location"] == "/checkout"
    assert "Pay €" in words(browser.get("/checkout"))


def test_trying_again_twice_fills_the_cart_once(browser: TestClient) -> None:
    order_id = placed(browser, payment_method="pm_declined")
    charge(order_id, now=now())
    release(order_id, now=now())

    browser.post(f"/orders/{order_id}/again")
    browser.post(f"/orders/{order_id}/again")

    assert "Cart (1)" in words(browser.get("/cart"))


def test_an_order_that_has_ended_can_be_ordered_again(browser: TestClient) -> None:
    order_id = placed(browser, a_product(title="Round tea pot"))
    browser.post(f"/orders/{order_id}/cancel")
    assert "Order these again" in words(browser.get(f"/orders/{order_id}"))

    answer = browser.post(f"/orders/{order_id}/again")

    assert (answer.status_code, answer.headers["location"]) == (303, "/cart")
    assert "Round tea pot" in words(browser.get("/cart"))


def test_what_has_sold_out_meanwhile_does_not_come_along_and_that_is_said(
    browser: TestClient, another: TestClient
) -> None:
    last_one = a_product(title="Round tea pot", pieces=1)
    order_id = placed(browser, last_one)
    charge(order_id, now=now())
    ship(order_id, now=packed())

    cart = browser.get(browser.post(f"/orders/{order_id}/again").headers["location"])

    assert "Round tea pot has sold out, so it could not come along." in words(cart)


def test_fewer_than_before_are_put_into_the_cart_when_there_are_fewer(browser: TestClient) -> None:
    product = a_product(pieces=5)
    put_in_cart(browser, product, 2)
    order_id = placed(browser, product)  # with one more: three of five
    charge(order_id, now=now())
    ship(order_id, now=packed())

    cart = browser.get(browser.post(f"/orders/{order_id}/again").headers["location"])

    assert "Only 2 left, so that is how many we put aside." in words(cart)
    assert "Cart (2)" in words(cart)


def test_nobody_can_be_told_that_something_sold_out_which_did_not(browser: TestClient) -> None:
    product = a_product(title="Round tea pot")

    page = words(browser.get(f"/cart?missing={sku_of(product)},nonsense"))

    assert "sold out" not in page


def test_guests_are_offered_to_keep_their_orders_together_once_they_have_one(
    browser: TestClient,
) -> None:
    put_in_cart(browser, a_product())
    assert "Keep your orders together" not in words(browser.get("/checkout"))

    page = browser.get(f"/orders/{placed(browser)}")

    assert "Keep your orders together" in words(page)
    assert typed(page)["email"] == "ada@potter.example"


def test_there_is_a_receipt_only_for_what_was_paid(browser: TestClient) -> None:
    order_id = placed(browser)
    number = story_of(order_id).order.number
    assert "receipt" not in words(browser.get(f"/orders/{order_id}")).lower()

    charge(order_id, now=now())

    assert f"Receipt for order {number} , placed on" in words(browser.get(f"/orders/{order_id}"))


def test_the_status_cannot_be_set_from_outside(browser: TestClient) -> None:
    order_id = placed(browser)

    browser.post(f"/orders/{order_id}/cancel?status=shipped", data={"status": "shipped"})

    assert story_of(order_id).order.status == "cancelled"


def test_the_history_asks_people_to_sign_in(browser: TestClient) -> None:
    answer = browser.get("/orders")

    assert answer.headers["location"] == "/sign-in?next=/orders"
