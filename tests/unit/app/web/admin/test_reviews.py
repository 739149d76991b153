"""Rejecting several orders at once, for example those of one stranger."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.orders import open_pages
from app.orders.models import Order
from app.orders.queries import load_order_details
from app.orders.review import decide_review
from app.orders.transitions import find_order
from tests.builders import NOON, a_product, an_order, an_order_in_status, counters
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.admin.order_pages import ORDER_LINK, next_page, pages_of
from tests.unit.app.web.pages import heading, input_values, page_text

REJECT = "/admin/reviews/reject"

pytestmark = pytest.mark.usefixtures("empty_board")


def in_review(**details: Any) -> Order:
    return an_order_in_status("reviewing", **details)


def selected(*orders: Order, comment: str = "We cannot take this order.") -> dict[str, str]:
    return {f"order-{it.order_id}": "on" for it in orders} | {"comment": comment}


def all_listed(merchant: TestClient) -> dict[str, str]:
    return {"listed": input_values(merchant.get("/admin/reviews"))["listed"], "all": "on"}


def status_of(order: Order) -> str:
    return str(find_order(order.order_id).status)


def test_page_lists_the_orders_that_wait_for_a_review(merchant: TestClient) -> None:
    waiting, other = in_review(email="eve@potter.example"), an_order()

    page = merchant.get("/admin/reviews")

    assert heading(page) == "Orders to review"
    assert waiting.number in page.text
    assert "eve@potter.example" in page_text(page)
    assert other.number not in page.text


def test_every_order_to_review_is_on_one_page_and_no_limit_is_presented_as_a_total(
    merchant: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_pages, "PAGE_SIZE", 4)
    orders = [in_review() for _ in range(9)]

    pages = pages_of(merchant, "/admin/reviews")

    assert sorted(it.order_id for it in orders) == sorted(it for page in pages for it in page)
    first = page_text(merchant.get("/admin/reviews"))
    assert "4 orders on this page; there may be more." in first
    assert "All 4 orders on this page" in first


def test_page_on_which_no_order_waits_says_that_others_may(
    merchant: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_pages, "EXAMINED_AT_ONCE", 1)
    for _ in range(12):
        an_order()

    page = merchant.get("/admin/reviews")

    assert "No orders to review on this page; there may be others further on." in page_text(page)
    assert next_page(page)


def test_refused_form_of_a_later_page_shows_that_page(
    merchant: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_pages, "PAGE_SIZE", 4)
    for _ in range(8):
        in_review()
    second = merchant.get(next_page(merchant.get("/admin/reviews")))

    answer = merchant.post(REJECT, data={"cursor": input_values(second)["cursor"]})

    assert answer.status_code == 422
    assert ORDER_LINK.findall(answer.text) == ORDER_LINK.findall(second.text)


def test_board_links_to_the_page_once_several_orders_wait(merchant: TestClient) -> None:
    in_review()
    assert 'href="/admin/reviews"' not in merchant.get("/admin").text

    in_review()

    assert 'href="/admin/reviews"' in merchant.get("/admin").text


def test_selected_orders_are_rejected_with_the_comment_and_the_others_wait(
    merchant: TestClient,
) -> None:
    product = a_product(price=45_000)
    rejected = [an_order_in_status("reviewing", product) for _ in range(3)]
    waiting = an_order_in_status("reviewing", product)

    response = merchant.post(REJECT, data=selected(*rejected))

    assert (response.status_code, response.headers["location"]) == (303, "/admin/reviews")
    assert {status_of(it) for it in rejected} == {"cancelled"}
    assert status_of(waiting) == "reviewing"
    assert counters(product) == (19, 1, 0)
    review = load_order_details(rejected[0].order_id).review
    assert review
    assert (review.comment, review.decided_by) == ("We cannot take this order.", MERCHANT)
    assert "flash=reviews_rejected" in response.headers["set-cookie"]


def test_all_listed_orders_can_be_selected_at_once(merchant: TestClient) -> None:
    orders = [in_review() for _ in range(3)]

    merchant.post(REJECT, data=all_listed(merchant) | {"comment": "No."})

    assert {status_of(it) for it in orders} == {"cancelled"}


def test_order_that_arrived_after_the_page_is_not_one_of_its_list(merchant: TestClient) -> None:
    listed = in_review()
    form = all_listed(merchant)
    unseen = in_review()

    merchant.post(REJECT, data=form | {"comment": "No."})

    assert (status_of(listed), status_of(unseen)) == ("cancelled", "reviewing")


def test_order_decided_in_the_meantime_is_named_and_the_others_are_rejected(
    merchant: TestClient,
) -> None:
    approved, rejected = in_review(), in_review()
    decide_review(approved.order_id, "approved", "bo@hearth.example", "", now=NOON)

    response = merchant.post(REJECT, data=selected(approved, rejected))

    assert response.status_code == 409
    assert "1 of 2 orders was not rejected" in page_text(response)
    assert f'href="/admin/orders/{approved.order_id}"' in response.text
    assert (status_of(approved), status_of(rejected)) == ("reviewing", "cancelled")


def test_repeated_submit_rejects_nothing_twice(merchant: TestClient) -> None:
    order = in_review()
    merchant.post(REJECT, data=selected(order))
    events = len(load_order_details(order.order_id).events)

    assert merchant.post(REJECT, data=selected(order)).status_code == 409
    assert len(load_order_details(order.order_id).events) == events


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"comment": "No."}, "Select at least one order."),
        (
            {"all": "on", "listed": "", "comment": "No."},
            "Select at least one order.",
        ),
        ({"all": "on"}, "Enter a reason for the customers."),
        ({"all": "on", "comment": "4242 4242 4242 4242"}, "card number"),
    ],
)
def test_incomplete_form_says_what_is_missing_and_rejects_nothing(
    merchant: TestClient, fields: dict[str, str], message: str
) -> None:
    order = in_review()

    response = merchant.post(REJECT, data={"listed": order.order_id} | fields)

    assert response.status_code == 422
    assert message in page_text(response)
    assert status_of(order) == "reviewing"


def test_each_rejection_is_in_the_audit_log(merchant: TestClient) -> None:
    orders = [in_review() for _ in range(2)]

    merchant.post(REJECT, data=selected(*orders))

    page = page_text(merchant.get("/admin/audit-log"))
    for order in orders:
        assert f"Rejected order {order.number}" in page


def test_unknown_order_is_refused_like_a_decided_one(merchant: TestClient) -> None:
    response = merchant.post(REJECT, data={f"order-{'0' * 26}": "on", "comment": "No."})

    assert response.status_code == 409
