from datetime import UTC, datetime

import pytest

from app.orders.cancellation import cancel
from app.orders.payment import charge
from app.orders.review import ask_for_review, decide
from app.orders.transitions import find_order
from infra.local.cloud import LocalCloud
from tests.builders import NOON, ALongTime, a_batch, a_product, an_order_that_is
from tests.invariants import assert_all_is_well
from tests.unit.workers.queue_readers import events_of, runs_of, the_first_event
from workers.fulfillment import handler

NOTHING_FAILED: dict[str, list[object]] = {"batchItemFailures": []}


def test_an_order_placed_starts_one_workflow_named_after_it(
    tables: LocalCloud, workflow: str
) -> None:
    order = an_order_that_is("placed")
    event = the_first_event(order)

    assert handler(a_batch(event, event), ALongTime()) == NOTHING_FAILED
    assert handler(a_batch(event), ALongTime()) == NOTHING_FAILED

    assert runs_of(tables, workflow) == [order.order_id]


def test_a_workflow_that_was_started_and_has_ended_is_not_started_again(
    tables: LocalCloud, workflow: str
) -> None:
    order = an_order_that_is("placed")
    handler(a_batch(the_first_event(order)), ALongTime())
    ended = workflow.replace(":stateMachine:", ":execution:") + f":{order.order_id}"
    tables.client("stepfunctions").stop_execution(executionArn=ended)

    assert handler(a_batch(the_first_event(order)), ALongTime()) == NOTHING_FAILED
    assert runs_of(tables, workflow) == [order.order_id]


def test_when_no_workflow_can_be_started_the_message_comes_back(tables: LocalCloud) -> None:
    batch = a_batch(the_first_event(an_order_that_is("placed")))

    answer = handler(batch, ALongTime())

    assert len(answer["batchItemFailures"]) == 1


@pytest.mark.parametrize("token", ["no longer known", ""])
def test_a_decision_that_nobody_waits_for_any_more_is_no_failure(
    tables: LocalCloud, token: str
) -> None:
    order = an_order_that_is("reviewing")
    if token:
        ask_for_review(order.order_id, token, now=NOON)
    decide(order.order_id, "approved", "bo@hearth.example", "", now=NOON)

    assert handler(a_batch(events_of(order)[-1]), ALongTime()) == NOTHING_FAILED


def test_a_cancelled_order_that_is_paid_goes_all_the_way_back_at_once(tables: LocalCloud) -> None:
    product = a_product()
    order = an_order_that_is("paid", product)
    cancel(order.order_id, now=NOON)
    wish = events_of(order)[-1]

    for _ in range(2):
        assert handler(a_batch(wish), ALongTime()) == NOTHING_FAILED

    closed = find_order(order.order_id)
    assert (closed.status, closed.refunded) == ("cancelled", closed.total)
    assert_all_is_well(order.order_id, product)


def test_a_wish_to_cancel_while_paying_is_left_to_the_workflow(tables: LocalCloud) -> None:
    order = an_order_that_is("paying")
    cancel(order.order_id, now=NOON)
    wish = events_of(order)[-1]

    handler(a_batch(wish), ALongTime())

    assert find_order(order.order_id).status == "paying"


def test_a_wish_that_arrives_before_the_payment_it_overtook_is_granted_later(
    tables: LocalCloud,
) -> None:
    order = an_order_that_is("paying", payment_method="pm_times_out_after_capture")
    cancel(order.order_id, now=NOON)
    wish = events_of(order)[-1]
    handler(a_batch(wish), ALongTime())

    closed = charge(order.order_id, now=datetime.now(UTC))

    assert closed.closing_as == "cancelled"


def test_a_cancel_in_review_wakes_nobody_who_is_gone(tables: LocalCloud) -> None:
    order = cancel(an_order_that_is("reviewing").order_id, now=NOON)

    assert handler(a_batch(events_of(order)[-1]), ALongTime()) == NOTHING_FAILED
