from itertools import pairwise

from app.cart.draft import EMPTY_DRAFT, MAX_ATTEMPTS, CheckoutDraft, DeclinedPayment

VALUES = {"email": "ada@potter.example"}


def declined(order_id: str) -> DeclinedPayment:
    return DeclinedPayment(order_id, f"HC-{order_id}", "card_declined")


def a_purchase(*order_ids: str) -> CheckoutDraft:
    """A purchase with these orders, of which all but the last were declined."""
    draft = EMPTY_DRAFT.placed(order_ids[0], VALUES)
    for earlier, order_id in pairwise(order_ids):
        draft = draft.retrying(declined(earlier), VALUES).placed(order_id, VALUES)
    return draft


def test_each_payment_of_one_purchase_is_an_attempt() -> None:
    assert a_purchase("1", "2", "3").attempts == ("1", "2", "3")


def test_order_after_a_paid_one_is_a_new_purchase() -> None:
    draft = a_purchase("1", "2").placed("3", VALUES)

    assert draft.attempts == ("3",)


def test_later_attempt_of_a_declined_order_is_the_newest_order_of_the_purchase() -> None:
    draft = a_purchase("1", "2", "3")

    assert [draft.later_attempt(it) for it in ("1", "2")] == ["3", "3"]
    assert draft.later_attempt("3") == ""
    assert draft.later_attempt("other") == ""


def test_draft_keeps_a_bounded_number_of_attempts_the_newest_ones() -> None:
    order_ids = [str(number) for number in range(MAX_ATTEMPTS + 3)]

    assert list(a_purchase(*order_ids).attempts) == order_ids[-MAX_ATTEMPTS:]


def test_purchase_continues_with_a_declined_order_that_the_draft_does_not_know() -> None:
    draft = EMPTY_DRAFT.retrying(declined("1"), VALUES).placed("2", VALUES)

    assert draft.attempts == ("1", "2")


def test_draft_without_the_decline_is_of_another_purchase() -> None:
    draft = a_purchase("1").retrying(declined("1"), VALUES)

    assert draft.declined is not None
    assert draft.without_decline().declined is None
    assert draft.without_decline().values == VALUES
