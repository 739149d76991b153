from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from app.orders.compensation import open_case
from app.orders.models import Order
from app.orders.queries import story_of
from app.orders.review import decide
from app.orders.transitions import find_order
from tests.builders import NOON, an_order_that_is, noted
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import PART, words


def _path(order: Order, rest: str = "") -> str:
    return f"/desk/orders/{order.order_id}{rest}"


def test_the_whole_story_is_told(merchant: TestClient) -> None:
    order = an_order_that_is("shipped")

    page = words(merchant.get(_path(order)))

    for word in ("Placed", "Paid", "Shipped", "order_placed not published yet", order.number):
        assert word in page
    assert str(find_order(order.order_id).tracking_code) in page
    assert "captured" in page
    assert "12 Kiln Row" in page


def test_a_case_says_what_a_person_has_to_look_at(merchant: TestClient) -> None:
    order = an_order_that_is("paying")
    open_case(order.order_id, "The provider is silent.", "a test", now=NOON)

    assert "The provider is silent." in words(merchant.get(_path(order)))


def test_a_merchant_approves(merchant: TestClient) -> None:
    order = an_order_that_is("reviewing")

    answer = merchant.post(_path(order, "/decision"), data={"decision": "approved"})

    assert (answer.status_code, answer.headers["location"]) == (303, _path(order))
    review = story_of(order.order_id).review
    assert review
    assert (review.decision, review.decided_by) == ("approved", MERCHANT)
    assert "Approved" in words(merchant.get(_path(order)))


def test_a_merchant_refuses_with_a_reason(merchant: TestClient) -> None:
    order = an_order_that_is("reviewing")

    merchant.post(_path(order, "/decision"), data={"decision": "refused", "why": "too far"})

    closed = find_order(order.order_id)
    assert (closed.status, closed.closing_reason) == ("cancelled", "refused: too far")


@pytest.mark.parametrize("why", ["", "   ", "x" * 301, "two\nlines"])
def test_a_refusal_without_a_proper_reason_is_asked_for_again(
    merchant: TestClient, why: str
) -> None:
    order = an_order_that_is("reviewing")

    answer = merchant.post(_path(order, "/decision"), data={"decision": "refused", "why": why})

    assert answer.status_code == 422
    assert 'id="why-error"' in answer.text
    assert find_order(order.order_id).status == "reviewing"


@pytest.mark.parametrize("decision", ["", "maybe", "APPROVED"])
def test_a_decision_is_yes_or_no(merchant: TestClient, decision: str) -> None:
    order = an_order_that_is("reviewing")

    answer = merchant.post(_path(order, "/decision"), data={"decision": decision})

    assert answer.status_code == 422
    assert find_order(order.order_id).status == "reviewing"


def test_the_second_merchant_is_told_that_it_is_decided(merchant: TestClient) -> None:
    order = an_order_that_is("reviewing")
    decide(order.order_id, "approved", "another@hearth.example", "", now=NOON)

    answer = merchant.post(
        _path(order, "/decision"), data={"decision": "refused", "why": "too far"}
    )

    assert answer.status_code == 409
    assert "This order has been decided already." in words(answer)
    assert "another@hearth.example" in words(answer)
    assert find_order(order.order_id).status == "reviewing"


def test_a_merchant_cancels_and_the_customer_will_read_who_did(merchant: TestClient) -> None:
    order = an_order_that_is("placed")

    answer = merchant.post(_path(order, "/cancel"))

    assert answer.status_code == 303
    closed = find_order(order.order_id)
    assert (closed.status, closed.closing_reason) == ("cancelled", "cancelled by the shop")


def test_what_has_left_cannot_be_cancelled(merchant: TestClient) -> None:
    order = an_order_that_is("shipped")

    answer = merchant.post(_path(order, "/cancel"))

    assert answer.status_code == 409
    assert "can no longer be cancelled" in words(answer)


def test_an_open_order_asks_again_and_a_closed_one_does_not(merchant: TestClient) -> None:
    open_order, closed = an_order_that_is("paid"), an_order_that_is("shipped")

    assert 'hx-trigger="every 2s"' in merchant.get(_path(open_order)).text
    assert "hx-trigger" not in merchant.get(_path(closed), headers=PART).text


def test_the_buttons_are_drawn_anew_only_when_their_time_is_over(merchant: TestClient) -> None:
    order = an_order_that_is("paid")
    seen = f"paid-{order.events}"

    same = merchant.get(_path(order, f"?seen={seen}&offered=refund"), headers=PART).text
    moved = merchant.get(_path(order, "?seen=paying-1&offered=refund"), headers=PART).text
    over = merchant.get(_path(order, f"?seen={seen}&offered=decide"), headers=PART).text

    parts = ('id="story"', 'id="receipt"', 'id="choices"')
    assert [part in same for part in parts] == [True, False, False]
    assert [part in moved for part in parts] == [True, True, False]
    assert [part in over for part in parts] == [True, False, True]


@pytest.mark.parametrize("order_id", ["0" * 26, "x", "0" * 27, "%00"])
def test_an_order_that_is_not_there_is_not_found(merchant: TestClient, order_id: str) -> None:
    assert merchant.get(f"/desk/orders/{order_id}").status_code == 404
    assert merchant.post(f"/desk/orders/{order_id}/cancel").status_code == 404


def test_who_decided_and_who_cancelled_is_noted(merchant: TestClient) -> None:
    approved, cancelled = an_order_that_is("reviewing"), an_order_that_is("placed")

    merchant.post(_path(approved, "/decision"), data={"decision": "approved"})
    merchant.post(_path(cancelled, "/cancel"))

    for order, what in ((approved, "Approved order"), (cancelled, "Cancelled order")):
        (change,) = noted(_path(order), now=datetime.now(UTC))
        assert (change.what, change.by) == (f"{what} {order.number}", MERCHANT)
