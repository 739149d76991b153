from datetime import UTC, datetime

import pytest

from app.aws.step_functions import start_fulfillment
from app.orders.cancellation import cancel_order
from app.orders.payment import charge
from app.orders.review import decide_review, request_review
from app.orders.transitions import find_order
from infra.local.cloud import LocalCloud
from tests.builders import NOON, LambdaContextStub, a_batch, a_product, an_order_in_status
from tests.invariants import assert_invariants
from tests.unit.workers.queue_readers import events_of, executions_of, first_event_of
from workers.fulfillment import handler

NOTHING_FAILED: dict[str, list[object]] = {"batchItemFailures": []}


def test_order_placed_starts_one_workflow_named_after_the_order(
    tables: LocalCloud, workflow: str
) -> None:
    order = an_order_in_status("placed")
    event = first_event_of(order)

    assert handler(a_batch(event, event), LambdaContextStub()) == NOTHING_FAILED
    assert handler(a_batch(event), LambdaContextStub()) == NOTHING_FAILED

    assert executions_of(tables, workflow) == [order.order_id]


def test_duplicate_event_does_not_restart_an_ended_workflow(
    tables: LocalCloud, workflow: str
) -> None:
    order = an_order_in_status("placed")
    handler(a_batch(first_event_of(order)), LambdaContextStub())
    ended = workflow.replace(":stateMachine:", ":execution:") + f":{order.order_id}"
    tables.client("stepfunctions").stop_execution(executionArn=ended)

    assert handler(a_batch(first_event_of(order)), LambdaContextStub()) == NOTHING_FAILED
    assert executions_of(tables, workflow) == [order.order_id]


def test_failed_start_returns_the_message_to_the_queue(tables: LocalCloud) -> None:
    batch = a_batch(first_event_of(an_order_in_status("placed")))

    response = handler(batch, LambdaContextStub())

    assert len(response["batchItemFailures"]) == 1


@pytest.mark.parametrize("token", ["no longer known", ""])
def test_unknown_or_missing_task_token_is_no_failure(tables: LocalCloud, token: str) -> None:
    order = an_order_in_status("reviewing")
    if token:
        request_review(order.order_id, token, now=NOON)
    decide_review(order.order_id, "approved", "bo@hearth.example", "", now=NOON)

    assert handler(a_batch(events_of(order)[-1]), LambdaContextStub()) == NOTHING_FAILED


def test_cancellation_of_a_paid_order_is_compensated_at_once(tables: LocalCloud) -> None:
    product = a_product()
    order = an_order_in_status("paid", product)
    cancel_order(order.order_id, now=NOON)
    requested = events_of(order)[-1]

    for _ in range(2):
        assert handler(a_batch(requested), LambdaContextStub()) == NOTHING_FAILED

    closed = find_order(order.order_id)
    assert (closed.status, closed.refunded) == ("cancelled", closed.total)
    assert_invariants(order.order_id, product)


def test_cancellation_while_paying_is_left_to_the_charge_step(
    tables: LocalCloud, workflow: str
) -> None:
    order = an_order_in_status("paying")
    cancel_order(order.order_id, now=NOON)
    requested = events_of(order)[-1]

    handler(a_batch(requested), LambdaContextStub())

    assert find_order(order.order_id).status == "paying"


def test_cancellation_while_paying_restarts_an_ended_workflow_at_once(
    tables: LocalCloud, workflow: str
) -> None:
    order = an_order_in_status("paying")
    start_fulfillment(order.order_id)
    cancel_order(order.order_id, now=NOON)
    requested = a_batch(events_of(order)[-1])

    handler(requested, LambdaContextStub())
    assert executions_of(tables, workflow) == [order.order_id]

    ended = workflow.replace(":stateMachine:", ":execution:") + f":{order.order_id}"
    tables.client("stepfunctions").stop_execution(executionArn=ended)
    handler(requested, LambdaContextStub())
    assert executions_of(tables, workflow) == [order.order_id, f"{order.order_id}-r2"]


def test_cancellation_event_before_the_payment_outcome_is_honoured_later(
    tables: LocalCloud, workflow: str
) -> None:
    order = an_order_in_status("paying", payment_method="pm_times_out_after_capture")
    cancel_order(order.order_id, now=NOON)
    requested = events_of(order)[-1]
    handler(a_batch(requested), LambdaContextStub())

    closed = charge(order.order_id, now=datetime.now(UTC))

    assert closed.final_status == "cancelled"


def test_cancellation_during_review_ignores_an_expired_task_token(tables: LocalCloud) -> None:
    order = cancel_order(an_order_in_status("reviewing").order_id, now=NOON)

    assert handler(a_batch(events_of(order)[-1]), LambdaContextStub()) == NOTHING_FAILED
