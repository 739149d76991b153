from datetime import timedelta

import pytest

from app.errors import Conflict
from app.orders.cancellation import cancel_order
from app.orders.models import Review
from app.orders.queries import load_order_details
from app.orders.review import decide_review, expire_review, find_review, request_review
from app.orders.transitions import find_order
from app.persistence.audit_log import SYSTEM_ACTOR
from tests.builders import NOON, a_large_order, a_product, an_order_in_status
from tests.crash_injection import interleave
from tests.invariants import assert_invariants

pytestmark = pytest.mark.usefixtures("tables")

A_DAY_LATER = NOON + timedelta(days=1)
BO = "bo@hearth.example"


def the_review_of(order_id: str) -> Review:
    review = find_review(order_id)
    assert review
    return review


def event_types(order_id: str) -> list[str]:
    return [row.type for row in load_order_details(order_id).events]


def test_review_request_stores_the_task_token() -> None:
    order = a_large_order()

    reviewing = request_review(order.order_id, "token-1", now=NOON)

    assert reviewing.status == "reviewing"
    assert event_types(order.order_id) == ["order_placed", "order_review_requested"]
    review = the_review_of(order.order_id)
    assert (review.task_token, review.due_at) == ("token-1", A_DAY_LATER)


def test_repeated_review_request_replaces_the_token_without_a_second_event() -> None:
    order = an_order_in_status("reviewing")

    request_review(order.order_id, "token-2", now=NOON + timedelta(hours=1))

    review = the_review_of(order.order_id)
    assert (review.task_token, review.due_at) == ("token-2", A_DAY_LATER)
    assert event_types(order.order_id).count("order_review_requested") == 1


def test_order_in_review_is_due_after_the_review_period() -> None:
    order = an_order_in_status("reviewing")

    assert order.next_check_at
    assert order.next_check_at > A_DAY_LATER


def test_approved_order_stays_in_review_until_it_is_charged() -> None:
    order = an_order_in_status("reviewing")

    approved = decide_review(order.order_id, "approved", BO, "known customer", now=NOON)

    review = the_review_of(order.order_id)
    assert approved.status == "reviewing"
    assert (review.decision, review.decided_by, review.comment) == (
        "approved",
        BO,
        "known customer",
    )
    assert event_types(order.order_id)[-1] == "order_review_decided"


def test_rejected_order_is_closed_and_its_stock_released() -> None:
    product = a_product(price=45_000)
    order = an_order_in_status("reviewing", product)

    rejected = decide_review(order.order_id, "rejected", BO, "too many vases", now=NOON)

    assert (rejected.status, rejected.close_reason) == ("cancelled", "review_rejected")
    assert event_types(order.order_id)[-2:] == ["order_review_decided", "order_cancelled"]
    assert_invariants(order.order_id, product)


@pytest.mark.parametrize("first", ["approved", "rejected"])
def test_second_decision_raises_conflict(first: str) -> None:
    order = an_order_in_status("reviewing")
    decide_review(
        order.order_id, "approved" if first == "approved" else "rejected", BO, "", now=NOON
    )

    with pytest.raises(Conflict):
        decide_review(order.order_id, "approved", "cy@hearth.example", "", now=NOON)

    assert the_review_of(order.order_id).decided_by == BO


def test_concurrent_decisions_raise_conflict_for_one_of_them() -> None:
    order = an_order_in_status("reviewing")

    def reject_first() -> None:
        decide_review(order.order_id, "rejected", "cy@hearth.example", "", now=NOON)

    with (
        pytest.raises(Conflict),
        interleave(reject_first, before="TransactWriteItems decision"),
    ):
        decide_review(order.order_id, "approved", BO, "", now=NOON)

    assert find_order(order.order_id).status == "cancelled"


def test_decision_during_the_timeout_wins() -> None:
    order = an_order_in_status("reviewing")

    def approve() -> None:
        decide_review(order.order_id, "approved", BO, "", now=NOON)

    with interleave(approve, before="TransactWriteItems decision"):
        expire_review(order.order_id, now=A_DAY_LATER)

    assert the_review_of(order.order_id).decision == "approved"


def test_review_of_a_cancelled_order_cannot_be_decided() -> None:
    order = cancel_order(an_order_in_status("reviewing").order_id, now=NOON)

    with pytest.raises(Conflict):
        decide_review(order.order_id, "approved", BO, "", now=NOON)


def test_approved_order_can_be_cancelled() -> None:
    product = a_product(price=45_000)
    order = an_order_in_status("reviewing", product)
    decide_review(order.order_id, "approved", BO, "", now=NOON)

    assert cancel_order(order.order_id, now=NOON).status == "cancelled"
    assert_invariants(order.order_id, product)


def test_review_timeout_rejects_the_order() -> None:
    order = an_order_in_status("reviewing")

    closed = expire_review(order.order_id, now=A_DAY_LATER)

    assert closed.status == "cancelled"
    assert closed.close_reason == "review_timed_out"
    assert the_review_of(order.order_id).decided_by == SYSTEM_ACTOR


def test_review_timeout_tolerates_a_workflow_clock_that_is_early() -> None:
    order = an_order_in_status("reviewing")

    closed = expire_review(order.order_id, now=A_DAY_LATER - timedelta(seconds=5))

    assert closed.status == "cancelled"


def test_review_does_not_time_out_early() -> None:
    order = an_order_in_status("reviewing")

    assert expire_review(order.order_id, now=NOON).status == "reviewing"


def test_review_timeout_does_not_change_a_decision() -> None:
    order = an_order_in_status("reviewing")
    decide_review(order.order_id, "approved", BO, "", now=NOON)

    expire_review(order.order_id, now=A_DAY_LATER)

    assert the_review_of(order.order_id).decision == "approved"
    assert find_order(order.order_id).status == "reviewing"


@pytest.mark.parametrize("status", ["placed", "paid", "cancelled"])
def test_review_timeout_ignores_orders_in_other_statuses(status: str) -> None:
    order = an_order_in_status(status)

    assert expire_review(order.order_id, now=A_DAY_LATER).status == status


def test_merchants_comment_is_stored_but_in_no_event() -> None:
    order = an_order_in_status("reviewing")

    decide_review(order.order_id, "rejected", BO, "too many vases", now=NOON)

    details = load_order_details(order.order_id)
    assert details.review
    assert details.review.comment == "too many vases"
    assert not [row.body for row in details.events if "too many" in row.body]
