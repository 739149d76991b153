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


def test_an_order_has_one_intent_however_often_it_is_charged() -> None:
    charge = a_charge()

    assert ensure_payment_intent(charge).intent_id == ensure_payment_intent(charge).intent_id


def test_the_loser_of_a_race_uses_the_intent_that_was_written_first() -> None:
    charge, winner = a_charge(), []

    def be_faster_a_day_later() -> None:
        IdempotencyKey.get(
            f"key#intent:{charge.order_id}"
        ).delete()  # so the provider makes another intent
        winner.append(ensure_payment_intent(charge).intent_id)

    with interleave(be_faster_a_day_later, before="PutItem payment"):
        loser = ensure_payment_intent(charge)

    assert [loser.intent_id] == winner
    assert find_payment(charge.order_id)


def test_eight_at_once_write_one_intent_down() -> None:
    charge = a_charge()

    with ThreadPoolExecutor(8) as pool:
        intents = {payment.intent_id for payment in pool.map(ensure_payment_intent, [charge] * 8)}

    assert len(intents) == 1


def test_an_order_whose_sum_is_not_the_one_written_down_is_refused() -> None:
    charge = a_charge()
    ensure_payment_intent(charge)

    with pytest.raises(InvalidPaymentRequest, match="different sums"):
        ensure_payment_intent(ChargeRequest(charge.order_id, 9_999, "EUR", charge.method))


def test_a_decline_makes_the_intent_void_before_anybody_acts_on_it() -> None:
    payment = ensure_payment_intent(a_charge("pm_insufficient_funds"))

    verdict = capture_payment(payment)

    assert (verdict.state, verdict.decline_code) == ("declined", "insufficient_funds")
    assert Intent.get(f"intent#{payment.intent_id}").state == "void"


def test_a_decline_that_died_before_it_was_final_is_declined_again() -> None:
    payment = ensure_payment_intent(a_charge("pm_declined"))
    with crash(before="UpdateItem void"):
        capture_payment(payment)

    assert capture_payment(payment).decline_code == "card_declined"


def test_a_decline_that_died_after_it_was_final_keeps_its_reason() -> None:
    payment = ensure_payment_intent(a_charge("pm_declined"))
    with crash(after="UpdateItem void"):
        capture_payment(payment)

    verdict = capture_payment(payment)

    assert (verdict.state, verdict.decline_code) == ("void", "card_declined")


def test_calling_off_before_the_money_moves_makes_sure_that_it_never_does() -> None:
    payment = ensure_payment_intent(a_charge())

    assert void_payment(payment).state == "void"
    assert capture_payment(payment).state == "void"


def test_calling_off_after_the_money_moved_says_so() -> None:
    payment = ensure_payment_intent(a_charge())
    capture_payment(payment)

    assert void_payment(payment).state == "captured"


def test_a_refund_that_is_written_down_is_not_asked_for_again() -> None:
    payment = Payment("an order", intent_id="pi_unknown", amount=1, currency="EUR", method="pm")
    payment.refund_id = "re_1"

    assert refund_payment(payment) == "re_1"


def test_nobody_is_charged_by_announcing_a_payment() -> None:
    payment = ensure_payment_intent(a_charge())

    assert Intent.get(f"intent#{payment.intent_id}").state == "open"
    assert Intent.get(f"intent#{payment.intent_id}").created_at < NOON
