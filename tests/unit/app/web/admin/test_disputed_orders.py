"""What merchants see when the payment of a closed order is refunded or disputed at the provider."""

import pytest
from fastapi.testclient import TestClient

from app.orders import board
from app.orders.models import Order
from app.orders.payment_events import follow_payment_event
from app.orders.transitions import find_order
from app.payments import sandbox_dashboard
from app.payments.webhooks import read_payment_event
from tests.builders import NOON, an_order_in_status
from tests.unit.app.web.pages import page_text


def report(body: bytes) -> None:
    event = read_payment_event(body)
    assert event
    follow_payment_event(event, now=NOON)


def a_disputed_order() -> Order:
    order = an_order_in_status("shipped")
    report(sandbox_dashboard.open_dispute(order.order_id, now=NOON))
    return find_order(order.order_id)


def decide(order: Order, *, won: bool) -> None:
    report(sandbox_dashboard.close_dispute(order.order_id, won=won, now=NOON))


def test_page_of_a_disputed_order_says_what_to_do_and_offers_no_restart(
    merchant: TestClient,
) -> None:
    order = a_disputed_order()

    page = page_text(merchant.get(f"/admin/orders/{order.order_id}"))

    assert "The customer disputes the payment at their bank." in page
    assert "provider's dashboard" in page
    assert "Restart workflow" not in page
    assert merchant.post(f"/admin/orders/{order.order_id}/restart").status_code == 409


@pytest.mark.parametrize("won", [True, False])
def test_page_keeps_how_the_bank_decided(merchant: TestClient, *, won: bool) -> None:
    order = a_disputed_order()
    decide(order, won=won)

    page = page_text(merchant.get(f"/admin/orders/{order.order_id}"))

    assert f"Dispute {'won' if won else 'lost'}" in page
    assert "Needs attention" not in page


@pytest.mark.parametrize(
    ("status", "change"),
    [
        ("shipped", sandbox_dashboard.refund_payment),
        ("declined", sandbox_dashboard.capture_late),
    ],
)
def test_headline_of_a_closed_order_says_that_its_payment_was_refunded(
    merchant: TestClient, status: str, change: sandbox_dashboard.Change
) -> None:
    order = an_order_in_status(status)
    report(change(order.order_id, now=NOON))

    page = page_text(merchant.get(f"/admin/orders/{order.order_id}"))

    assert "€30.40 was refunded" in page
    assert "othing was charged" not in page
    assert "Nothing left to do" not in page


@pytest.mark.usefixtures("empty_board")
def test_board_with_more_disputed_orders_than_it_reads_says_so(
    merchant: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "MAX_ON_BOARD", 2)
    for number in range(3):
        assert ("More than" in page_text(merchant.get("/admin"))) == (number >= 2)
        a_disputed_order()

    assert "More than 2 open orders" in page_text(merchant.get("/admin"))
