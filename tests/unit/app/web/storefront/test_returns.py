"""A customer asks for a return, and reads on the order page how it stands and what comes next."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from app.orders.models import Order
from app.orders.payment import charge
from app.orders.queries import load_order_details
from app.orders.return_policy import RETURN_WINDOW
from app.orders.shipping import ship
from app.orders.transitions import find_order
from app.returns.refunds import Receipt, receive_return, refund_return
from app.returns.requests import approve_return, expire_return, refuse_return
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import input_values, page_text, place_order


def now() -> datetime:
    return datetime.now(UTC)


def a_shipped_order(browser: TestClient) -> Order:
    order_id = place_order(browser)
    charge(order_id, now=now())
    return ship(order_id, now=now() + timedelta(days=1))


def submit(browser: TestClient, order: Order, **fields: str) -> Response:
    path = f"/orders/{order.order_id}/return"
    form = {"quantity-1": "1", "reason": "damaged", "note": "A crack."}
    form |= {"request_id": input_values(browser.get(path))["request_id"]}
    answer: Response = browser.post(path, data=form | fields)
    return answer


def page_of(browser: TestClient, order: Order) -> str:
    return page_text(browser.get(f"/orders/{order.order_id}"))


def test_return_is_requested_from_the_order_page(browser: TestClient) -> None:
    order = a_shipped_order(browser)
    assert 'id="return-items"' in browser.get(f"/orders/{order.order_id}").text

    submit(browser, order)

    (row,) = load_order_details(order.order_id).returns
    assert (row.reason, row.note, row.units) == ("damaged", "A crack.", {order.lines[0].sku: 1})
    page = browser.get(f"/orders/{order.order_id}")
    assert "Return requested" in page_text(page)
    assert "We'll email you where to send them." in page_text(page)
    assert 'id="return-items"' not in page.text


def test_the_form_of_an_order_that_cannot_be_returned_leads_back_to_the_order(
    browser: TestClient,
) -> None:
    order = find_order(place_order(browser))

    answer = browser.get(f"/orders/{order.order_id}/return", follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/orders/{order.order_id}#returns",
    )
    assert 'id="return-items"' not in browser.get(f"/orders/{order.order_id}").text


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"quantity-1": "0"}, "Select how many you return of at least one item."),
        ({"quantity-1": "2"}, "Enter how many you return of at most 1."),
        ({"quantity-1": "-1"}, "Enter how many you return as a whole number, like 12."),
        ({"reason": ""}, "Select why you are returning the items."),
        ({"reason": "boredom"}, "Select why you are returning the items."),
        ({"note": "x" * 251}, "Enter your message with at most 250 characters."),
    ],
)
def test_invalid_field_is_named_with_what_to_enter(
    browser: TestClient, fields: dict[str, str], message: str
) -> None:
    order = a_shipped_order(browser)

    page = submit(browser, order, **fields)

    assert page.status_code == 422
    assert message in page_text(page)
    assert "There is a problem" in page_text(page)
    assert load_order_details(order.order_id).returns == ()


def test_second_return_at_the_same_time_is_refused_in_words(browser: TestClient) -> None:
    order = a_shipped_order(browser)
    path = f"/orders/{order.order_id}/return"
    forms = [input_values(browser.get(path))["request_id"] for _ in range(2)]
    choice = {"quantity-1": "1", "reason": "other"}
    browser.post(path, data=choice | {"request_id": forms[0]})

    answer = browser.post(path, data=choice | {"request_id": forms[1]})

    assert answer.status_code == 409
    assert "already has a return that has not ended" in page_text(answer)


def test_repeated_form_shows_the_same_return(browser: TestClient) -> None:
    order = a_shipped_order(browser)
    path = f"/orders/{order.order_id}/return"
    form = {"quantity-1": "1", "reason": "other"}
    form["request_id"] = input_values(browser.get(path))["request_id"]

    answers = [browser.post(path, data=form, follow_redirects=False) for _ in range(2)]

    assert [it.status_code for it in answers] == [303, 303]
    assert len(load_order_details(order.order_id).returns) == 1


def test_order_page_says_how_a_return_stands_and_what_comes_next(browser: TestClient) -> None:
    order = a_shipped_order(browser)
    order_id, sku = order.order_id, order.lines[0].sku
    submit(browser, order)

    approve_return(order_id, 1, by=MERCHANT, now=now())
    assert "write the order number on the parcel" in page_of(browser, order)
    assert "Töpfergasse 1" in page_of(browser, order)

    receipt = Receipt({sku: 1}, {}, 1_000)
    receive_return(order_id, 1, receipt, by=MERCHANT, now=now())
    assert "We're refunding €10.00" in page_of(browser, order)

    refund_return(order_id, 1, now=now())
    page = page_of(browser, order)
    assert "We've refunded €10.00 to your original payment method." in page
    assert "Refunded €10.00" in page


def test_refused_return_shows_the_merchants_message(browser: TestClient) -> None:
    order = a_shipped_order(browser)
    submit(browser, order)

    refuse_return(order.order_id, 1, "The mug <was> used.", by=MERCHANT, now=now())

    page = browser.get(f"/orders/{order.order_id}")
    assert "We can't accept your return." in page_text(page)
    assert "The mug &lt;was&gt; used." in page.text


def test_return_whose_parcel_did_not_come_says_so(browser: TestClient) -> None:
    order = a_shipped_order(browser)
    submit(browser, order)
    approve_return(order.order_id, 1, by=MERCHANT, now=now())

    expire_return(order.order_id, 1, now=now() + timedelta(days=40))

    assert "They didn't arrive in time" in page_of(browser, order)


def test_return_by_another_visitor_is_not_found(browser: TestClient, another: TestClient) -> None:
    order = a_shipped_order(browser)
    path = f"/orders/{order.order_id}/return"

    form = {"quantity-1": "1", "reason": "other", "request_id": "0" * 26}
    assert [another.get(path).status_code, another.post(path, data=form).status_code] == [404] * 2


def test_returns_page_names_the_window_that_the_code_has(browser: TestClient) -> None:
    assert f"for {RETURN_WINDOW.days} days after we shipped them" in page_text(
        browser.get("/returns")
    )


def test_german_form_is_german(browser: TestClient) -> None:
    order = a_shipped_order(browser)

    page = browser.get(f"/de/orders/{order.order_id}/return")

    assert "Warum gibst du die Artikel zurück?" in page_text(page)
