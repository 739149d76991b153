"""Fulfillment worker: start and resume an order's workflow, or compensate a cancelled order."""

from typing import Any

from app import clock
from app.aws.step_functions import resume_with_token, start_fulfillment
from app.observability.lambda_context import inject_lambda_context
from app.orders.compensation import refund, release
from app.orders.events import (
    OrderCancelled,
    OrderCancelRequested,
    OrderEvent,
    OrderPlaced,
    OrderReviewDecided,
)
from app.orders.review import find_review
from workers.batch import process_events
from workers.workflow_runs import ensure_workflow_runs


def advance_workflow(event: OrderEvent) -> None:
    """Act on one event. Idempotent: duplicates have no effect."""
    match event:
        case OrderPlaced():
            start_fulfillment(event.order_id)
        case OrderReviewDecided() | OrderCancelled():
            # A cancelled order also ends the wait of the review step.
            review = find_review(event.order_id)
            if review and review.task_token:
                resume_with_token(review.task_token)
        case OrderCancelRequested():
            # Refund a paid order without waiting for the packing time to end. Both functions are
            # idempotent, so it does not matter that the workflow calls them too. While the
            # payment runs they do nothing: the charge step checks the request itself.
            # A workflow that has ended is restarted at once.
            refund(event.order_id, now=clock.now())
            order = release(event.order_id, now=clock.now())
            if not order.finished:
                ensure_workflow_runs(order)


@inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return process_events(event, context, advance_workflow, worker="fulfillment")
