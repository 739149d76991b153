from concurrent.futures import ThreadPoolExecutor

import pytest
from ulid import ULID

from app.payments.fake_gateway import IdempotencyKey, Intent
from app.payments.gateway import InvalidPaymentRequest
from app.payments.models import Payment
from app.payments.payment_intents import (
    ChargeRequest,
    capture_payment,
    ensure_payment_intent,
    find_payment,
    refund_payment,
    void_payment,
)
from tests.builders import NOON
from tests.crash_injection import crash, interleave

pytestmark = pytest.mark.usefixtures("tables")


def a_charge(method: str = "pm_succeeds", *, amount: int = 2_450) -> ChargeRequest:
    return ChargeRequest(str(ULID()), amount, "EUR", method)


def test_ensure_payment_intent_is_idempotent() -> None:
    charge = a_charge()

    assert ensure_payment_intent(charge).intent_id == ensure_payment_intent(charge).intent_id


def test_concurrent_charge_uses_the_intent_that_was_saved_first() -> None:
    charge, winner = a_charge(), []

    def save_first_a_day_later() -> None:
        # Without the key, the provider creates another intent.
        IdempotencyKey.get(f"key#intent:{charge.order_id}").delete()
        winner.append(ensure_payment_intent(charge).intent_id)

    with interleave(save_first_a_day_later, before="UpdateItem payment"):
        loser = ensure_payment_intent(charge)

    assert [loser.intent_id] == winner
    assert find_payment(charge.order_id)


def test_concurrent_charges_save_one_intent() -> None:
    charge = a_charge()

    with ThreadPoolExecutor(8) as pool:
        intents = {payment.intent_id for payment in pool.map(ensure_payment_intent, [charge] * 8)}

    assert len(intents) == 1


def test_payment_with_a_different_amount_is_rejected() -> None:
    charge = a_charge()
    ensure_payment_intent(charge)

    with pytest.raises(InvalidPaymentRequest, match="different amounts"):
        ensure_payment_intent(ChargeRequest(charge.order_id, 9_999, "EUR", charge.method))


def test_declined_intent_is_voided_before_the_decline_is_returned() -> None:
    payment = ensure_payment_intent(a_charge("pm_insufficient_funds"))

    outcome = capture_payment(payment)

    assert (outcome.state, outcome.decline_code) == ("declined", "insufficient_funds")
    assert Intent.get(f"intent#{payment.intent_id}").state == "void"


def test_crash_before_voiding_a_declined_intent() -> None:
    payment = ensure_payment_intent(a_charge("pm_declined"))
    with crash(before="UpdateItem void"):
        capture_payment(payment)

    assert capture_payment(payment).decline_code == "card_declined"


def test_crash_after_voiding_a_declined_intent_keeps_the_decline_code() -> None:
    payment = ensure_payment_intent(a_charge("pm_declined"))
    with crash(after="UpdateItem void"):
        capture_payment(payment)

    outcome = capture_payment(payment)

    assert (outcome.state, outcome.decline_code) == ("void", "card_declined")


def test_voided_payment_is_never_captured() -> None:
    payment = ensure_payment_intent(a_charge())

    assert void_payment(payment).state == "void"
    assert capture_payment(payment).state == "void"


def test_void_after_capture_returns_captured() -> None:
    payment = ensure_payment_intent(a_charge())
    capture_payment(payment)

    assert void_payment(payment).state == "captured"


def test_stored_refund_is_not_requested_again() -> None:
    payment = Payment("an order", intent_id="pi_unknown", amount=1, currency="EUR", method="pm")
    payment.refund_id = "re_1"

    assert refund_payment(payment) == "re_1"


def test_creating_an_intent_captures_nothing() -> None:
    payment = ensure_payment_intent(a_charge())

    assert Intent.get(f"intent#{payment.intent_id}").state == "open"
    assert Intent.get(f"intent#{payment.intent_id}").created_at < NOON
