from datetime import timedelta

import pytest

from app.errors import Conflict
from app.orders.cancellation import cancel
from app.orders.models import Review
from app.orders.queries import story_of
from app.orders.review import ask_for_review, decide, decide_by_the_clock, review_of
from app.orders.transitions import find_order
from tests.builders import NOON, a_large_order, a_product, an_order_that_is
from tests.crash_injection import meanwhile
from tests.invariants import assert_all_is_well

pytestmark = pytest.mark.usefixtures("tables")

A_DAY_LATER = NOON + timedelta(days=1)
BO = "bo@hearth.example"


def the_review_of(order_id: str) -> Review:
    review = review_of(order_id)
    assert review
    return review


def told(order_id: str) -> list[str]:
    return [row.type for row in story_of(order_id).events]


def test_asking_puts_the_order_before_the_merchants_and_keeps_the_token() -> None:
    order = a_large_order()

    asked = ask_for_review(order.order_id, "token-1", now=NOON)

    assert asked.status == "reviewing"
    assert told(order.order_id) == ["order_placed", "order_review_requested"]
    review = the_review_of(order.order_id)
    assert (review.task_token, review.due_at) == ("token-1", A_DAY_LATER)


def test_asked_again_the_newest_token_counts_and_nobody_is_told_twice() -> None:
    order = an_order_that_is("reviewing")

    ask_for_review(order.order_id, "token-2", now=NOON + timedelta(hours=1))

    review = the_review_of(order.order_id)
    assert (review.task_token, review.due_at) == ("token-2", A_DAY_LATER)
    assert told(order.order_id).count("order_review_requested") == 1


def test_an_order_that_waits_for_a_merchant_is_not_overdue_before_its_time() -> None:
    order = an_order_that_is("reviewing")

    assert order.due_at
    assert order.due_at > A_DAY_LATER


def test_an_approved_order_stays_in_review_until_it_is_charged() -> None:
    order = an_order_that_is("reviewing")

    approved = decide(order.order_id, "approved", BO, "known customer", now=NOON)

    review = the_review_of(order.order_id)
    assert approved.status == "reviewing"
    assert (review.decision, review.decided_by, review.why) == ("approved", BO, "known customer")
    assert told(order.order_id)[-1] == "order_review_decided"


def test_a_refused_order_is_closed_at_once_and_its_stock_is_free() -> None:
    product = a_product(price=45_000)
    order = an_order_that_is("reviewing", product)

    refused = decide(order.order_id, "refused", BO, "too many vases", now=NOON)

    assert (refused.status, refused.closing_reason) == ("cancelled", "refused: too many vases")
    assert told(order.order_id)[-2:] == ["order_review_decided", "order_cancelled"]
    assert_all_is_well(order.order_id, product)


@pytest.mark.parametrize("first", ["approved", "refused"])
def test_the_second_merchant_is_told_that_it_is_decided(first: str) -> None:
    order = an_order_that_is("reviewing")
    decide(order.order_id, "approved" if first == "approved" else "refused", BO, "", now=NOON)

    with pytest.raises(Conflict):
        decide(order.order_id, "approved", "cy@hearth.example", "", now=NOON)

    assert the_review_of(order.order_id).decided_by == BO


def test_of_two_merchants_who_decide_at_once_one_is_told() -> None:
    order = an_order_that_is("reviewing")

    def be_faster() -> None:
        decide(order.order_id, "refused", "cy@hearth.example", "", now=NOON)

    with (
        pytest.raises(Conflict),
        meanwhile(be_faster, before="TransactWriteItems decision"),
    ):
        decide(order.order_id, "approved", BO, "", now=NOON)

    assert find_order(order.order_id).status == "cancelled"


def test_a_merchant_who_is_faster_than_the_clock_by_a_moment_wins() -> None:
    order = an_order_that_is("reviewing")

    def approve() -> None:
        decide(order.order_id, "approved", BO, "", now=NOON)

    with meanwhile(approve, before="TransactWriteItems decision"):
        decide_by_the_clock(order.order_id, now=A_DAY_LATER)

    assert the_review_of(order.order_id).decision == "approved"


def test_what_the_customer_cancelled_cannot_be_decided() -> None:
    order = cancel(an_order_that_is("reviewing").order_id, now=NOON)

    with pytest.raises(Conflict):
        decide(order.order_id, "approved", BO, "", now=NOON)


def test_what_a_merchant_approved_may_still_be_cancelled() -> None:
    product = a_product(price=45_000)
    order = an_order_that_is("reviewing", product)
    decide(order.order_id, "approved", BO, "", now=NOON)

    assert cancel(order.order_id, now=NOON).status == "cancelled"
    assert_all_is_well(order.order_id, product)


def test_when_nobody_decides_in_time_the_clock_refuses() -> None:
    order = an_order_that_is("reviewing")

    closed = decide_by_the_clock(order.order_id, now=A_DAY_LATER)

    assert closed.status == "cancelled"
    assert the_review_of(order.order_id).decided_by == "nobody, in time"


def test_a_clock_that_rings_a_moment_early_does_not_ask_for_another_day() -> None:
    order = an_order_that_is("reviewing")

    closed = decide_by_the_clock(order.order_id, now=A_DAY_LATER - timedelta(seconds=5))

    assert closed.status == "cancelled"


def test_the_clock_does_not_refuse_before_its_time() -> None:
    order = an_order_that_is("reviewing")

    assert decide_by_the_clock(order.order_id, now=NOON).status == "reviewing"


def test_the_clock_does_not_overrule_a_merchant() -> None:
    order = an_order_that_is("reviewing")
    decide(order.order_id, "approved", BO, "", now=NOON)

    decide_by_the_clock(order.order_id, now=A_DAY_LATER)

    assert the_review_of(order.order_id).decision == "approved"
    assert find_order(order.order_id).status == "reviewing"


@pytest.mark.parametrize("status", ["placed", "paid", "cancelled"])
def test_the_clock_leaves_orders_alone_that_nobody_reviews(status: str) -> None:
    order = an_order_that_is(status)

    assert decide_by_the_clock(order.order_id, now=A_DAY_LATER).status == status
