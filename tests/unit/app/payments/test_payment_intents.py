from concurrent.futures import ThreadPoolExecutor

import pytest
from ulid import ULID

from app.payments.fake_gateway import Intent, Key
from app.payments.gateway import GatewayRefused
from app.payments.models import Payment
from app.payments.payment_intents import Charge, call_off, give_back, intend, payment_of, take_money
from tests.builders import NOON
from tests.crash_injection import dying, meanwhile

pytestmark = pytest.mark.usefixtures("tables")


def a_charge(method: str = "pm_succeeds", *, amount: int = 2_450) -> Charge:
    return Charge(str(ULID()), amount, "EUR", method)


def test_an_order_has_one_intent_however_often_it_is_charged() -> None:
    charge = a_charge()

    assert intend(charge).intent_id == intend(charge).intent_id


def test_the_loser_of_a_race_uses_the_intent_that_was_written_first() -> None:
    charge, winner = a_charge(), []

    def be_faster_a_day_later() -> None:
        Key.get(f"key#intent:{charge.order_id}").delete()  # so the provider makes another intent
        winner.append(intend(charge).intent_id)

    with meanwhile(be_faster_a_day_later, before="PutItem payment"):
        loser = intend(charge)

    assert [loser.intent_id] == winner
    assert payment_of(charge.order_id)


def test_eight_at_once_write_one_intent_down() -> None:
    charge = a_charge()

    with ThreadPoolExecutor(8) as pool:
        intents = {payment.intent_id for payment in pool.map(intend, [charge] * 8)}

    assert len(intents) == 1


def test_an_order_whose_sum_is_not_the_one_written_down_is_refused() -> None:
    charge = a_charge()
    intend(charge)

    with pytest.raises(GatewayRefused, match="different sums"):
        intend(Charge(charge.order_id, 9_999, "EUR", charge.method))


def test_a_decline_makes_the_intent_void_before_anybody_acts_on_it() -> None:
    payment = intend(a_charge("pm_insufficient_funds"))

    verdict = take_money(payment)

    assert (verdict.state, verdict.reason) == ("declined", "insufficient_funds")
    assert Intent.get(f"intent#{payment.intent_id}").state == "void"


def test_a_decline_that_died_before_it_was_final_is_declined_again() -> None:
    payment = intend(a_charge("pm_declined"))
    with dying(before="UpdateItem void"):
        take_money(payment)

    assert take_money(payment).reason == "card_declined"


def test_a_decline_that_died_after_it_was_final_keeps_its_reason() -> None:
    payment = intend(a_charge("pm_declined"))
    with dying(after="UpdateItem void"):
        take_money(payment)

    verdict = take_money(payment)

    assert (verdict.state, verdict.reason) == ("void", "card_declined")


def test_calling_off_before_the_money_moves_makes_sure_that_it_never_does() -> None:
    payment = intend(a_charge())

    assert call_off(payment).state == "void"
    assert take_money(payment).state == "void"


def test_calling_off_after_the_money_moved_says_so() -> None:
    payment = intend(a_charge())
    take_money(payment)

    assert call_off(payment).state == "captured"


def test_a_refund_that_is_written_down_is_not_asked_for_again() -> None:
    payment = Payment("an order", intent_id="pi_unknown", amount=1, currency="EUR", method="pm")
    payment.refund_id = "re_1"

    assert give_back(payment) == "re_1"


def test_nobody_is_charged_by_announcing_a_payment() -> None:
    payment = intend(a_charge())

    assert Intent.get(f"intent#{payment.intent_id}").state == "open"
    assert Intent.get(f"intent#{payment.intent_id}").created_at < NOON
