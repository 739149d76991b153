import pytest

from app.i18n.locales import GERMAN
from app.orders.close_reasons import CloseReason, close_reason_text, decline_reason
from app.orders.events import OrderCancelled, OrderDeclined, UnreadableEvent, read_event
from app.orders.models import Order
from app.orders.queries import load_order_details
from app.orders.review import decide_review
from tests.builders import NOON, PACKED, an_order_in_status
from tests.invariants import run_to_completion

COMMENT = "We know this address from earlier orders."


@pytest.mark.parametrize("reason", CloseReason)
def test_every_close_reason_has_words_in_english_and_german(reason: CloseReason) -> None:
    english = close_reason_text(reason)

    assert english
    assert GERMAN.translate(english) not in ("", english)


def test_open_order_has_no_close_reason_text() -> None:
    assert close_reason_text(None) == ""


def test_close_reason_of_newer_code_has_a_neutral_text() -> None:
    assert close_reason_text("newer_reason") == close_reason_text(CloseReason.MERCHANT_REQUEST)


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("status", ["paying", "paid"])
def test_cancellation_with_a_reason_of_newer_code_is_carried_out(status: str) -> None:
    """After a rollback, an order may have a reason that this code does not know."""
    order = an_order_in_status(status)
    order.update(actions=[Order.cancel_requested.set(True), Order.close_reason.set("newer_reason")])

    closed = run_to_completion(order.order_id, now=PACKED)

    assert (closed.status, closed.close_reason) == ("cancelled", "newer_reason")
    event = read_event(load_order_details(order.order_id).events[-1].body)
    assert isinstance(event, OrderCancelled)
    assert event.reason == "newer_reason"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("card_declined", CloseReason.CARD_DECLINED),
        ("insufficient_funds", CloseReason.INSUFFICIENT_FUNDS),
        ("lost_card", CloseReason.PAYMENT_FAILED),
        ("customer_request", CloseReason.PAYMENT_FAILED),
        ("", CloseReason.PAYMENT_FAILED),
    ],
)
def test_unknown_decline_codes_become_payment_failed(code: str, reason: CloseReason) -> None:
    assert decline_reason(code) is reason


@pytest.mark.usefixtures("tables")
def test_no_event_carries_the_merchants_comment() -> None:
    order = an_order_in_status("reviewing")

    closed = decide_review(order.order_id, "rejected", "bo@hearth.example", COMMENT, now=NOON)

    events = load_order_details(order.order_id).events
    last = read_event(events[-1].body)
    assert isinstance(last, OrderCancelled)
    assert last.reason == CloseReason.REVIEW_REJECTED
    assert closed.close_reason == CloseReason.REVIEW_REJECTED
    assert not [row for row in events if COMMENT in row.body]


@pytest.mark.parametrize("kind", [OrderCancelled, OrderDeclined])
def test_event_reason_is_a_code_and_no_free_text(kind: type) -> None:
    body = (
        f'{{"type": "{kind.__struct_config__.tag}", "event_id": "1", "order_id": "1",'  # type: ignore[attr-defined]
        ' "occurred_at": "2031-06-12T12:00:00Z", "lines": [], "reason": "too far away"'
        + (', "refunded": 0, "currency": "EUR"}' if kind is OrderCancelled else "}")
    )

    with pytest.raises(UnreadableEvent, match="reason"):
        read_event(body)
