"""Merchants see returns on the board, decide on them, and record what came back."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from app.orders.models import Order
from app.orders.reconciliation import schedule_next_check
from app.orders.transitions import find_order
from app.payments.fake_gateway import FORCED_OUTCOME_ID, ForcedOutcome
from app.returns.refunds import refund_return
from app.returns.transitions import find_return
from tests.builders import (
    SHIPPED,
    a_product,
    a_received_return,
    a_return,
    an_approved_return,
    an_order_in_status,
    audit_log_entries,
    counters,
)
from tests.unit.app.web.pages import page_text


def path_of(order: Order, rest: str = "") -> str:
    return f"/admin/orders/{order.order_id}{rest}"


def decide(merchant: TestClient, order: Order, **fields: str) -> int:
    form = {"number": "1", "decision": "approved"} | fields
    answer = merchant.post(path_of(order, "/return-decision"), data=form, follow_redirects=False)
    return int(answer.status_code)


def a_shipped_order(of_each: int = 2) -> Order:
    return an_order_in_status("shipped", a_product(), of_each=of_each)


def test_board_lists_returns_to_decide(merchant: TestClient) -> None:
    order = a_shipped_order()
    a_return(order)

    page = merchant.get("/admin")

    assert f'<a href="{path_of(order)}#returns">{order.number}</a>: to decide' in page.text
    assert "to decide" in page_text(page)


def test_merchant_approves_a_return(merchant: TestClient) -> None:
    order = a_shipped_order()
    a_return(order, note="A crack <here>.")
    assert "A crack &lt;here&gt;." in merchant.get(path_of(order)).text

    assert decide(merchant, order) == 303

    assert find_return(order.order_id, 1).status == "approved"
    assert "Came back, of 2" in page_text(merchant.get(path_of(order)))


def test_merchant_refuses_a_return_with_a_reason(merchant: TestClient) -> None:
    order = a_shipped_order()
    a_return(order)

    assert decide(merchant, order, decision="refused", message="") == 422
    assert decide(merchant, order, decision="refused", message="It was used.") == 303

    assert find_return(order.order_id, 1).refusal == "It was used."
    assert "It was used." in merchant.get(path_of(order)).text


def test_second_decision_is_answered_with_409(merchant: TestClient) -> None:
    order = a_shipped_order()
    a_return(order)

    assert [decide(merchant, order) for _ in range(2)] == [303, 409]


@pytest.mark.parametrize("number", ["2", "0", "x", ""])
def test_unknown_return_changes_nothing(merchant: TestClient, number: str) -> None:
    order = a_shipped_order()
    a_return(order)

    assert decide(merchant, order, number=number) in (404, 422)
    assert find_return(order.order_id, 1).status == "requested"


def receive(merchant: TestClient, order: Order, **fields: str) -> int:
    form = {"number": "1", "received-1": "2", "restocked-1": "1", "amount": "30.00"} | fields
    answer = merchant.post(path_of(order, "/return-receipt"), data=form, follow_redirects=False)
    return int(answer.status_code)


def test_merchant_records_what_came_back_and_the_refund_is_made(merchant: TestClient) -> None:
    order = an_order_in_status("shipped", product := a_product(), of_each=2)
    an_approved_return(order)

    assert receive(merchant, order) == 303

    assert find_order(order.order_id).refunded == 3_000
    assert counters(product) == (19, 0, 1)
    assert "Refunded €30.00" in page_text(merchant.get(path_of(order)))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"received-1": "3"}, "of at most 2"),
        ({"received-1": "0", "restocked-1": "0"}, "Enter what came back, or refuse the return."),
        ({"restocked-1": "many"}, "as a whole number"),
        ({"amount": "55.00"}, "Enter an amount of at most 54.90"),
        ({"amount": "0"}, "Enter an amount"),
        ({"amount": ""}, "Enter an amount"),
    ],
)
def test_invalid_receipt_says_what_to_enter(
    merchant: TestClient, fields: dict[str, str], message: str
) -> None:
    order = a_shipped_order()
    an_approved_return(order)
    form = {"number": "1", "received-1": "2", "restocked-1": "2", "amount": "54.90"} | fields

    answer = merchant.post(path_of(order, "/return-receipt"), data=form)

    assert answer.status_code == 422
    assert message in page_text(answer)
    assert find_return(order.order_id, 1).status == "approved"


def test_refund_waits_for_the_provider_and_shows_when_it_keeps_failing(
    merchant: TestClient,
) -> None:
    order = a_shipped_order()
    an_approved_return(order)
    outage = ForcedOutcome(FORCED_OUTCOME_ID, method="pm_provider_down")
    outage.save()
    assert receive(merchant, order) == 303
    assert "Refunding €30.00." in page_text(merchant.get(path_of(order)))

    for minutes in range(3):
        now = SHIPPED + timedelta(minutes=minutes)
        schedule_next_check(find_return(order.order_id, 1), now=now)
    assert "The refund has failed 3 times." in page_text(merchant.get(path_of(order)))
    assert "The refund keeps failing." in page_text(merchant.get("/admin"))

    outage.delete()
    assert refund_return(order.order_id, 1, now=SHIPPED).status == "refunded"


def test_received_return_is_not_received_again(merchant: TestClient) -> None:
    order = a_shipped_order()
    a_received_return(order, amount=1_000)

    assert receive(merchant, order) == 409


def test_decisions_are_in_the_audit_log(merchant: TestClient) -> None:
    order = a_shipped_order()
    a_return(order)
    decide(merchant, order)
    receive(merchant, order)

    summaries = merchant.get("/admin/audit-log").text
    assert f"Approved a return of order {order.number}" in summaries
    assert f"Received a return of order {order.number}" in summaries
    assert audit_log_entries(path_of(order)) == [], "the log has the time of today"
