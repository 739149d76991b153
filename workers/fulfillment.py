"""Let an order's workflow follow the facts: start it, wake it, or go the way back at once."""

from typing import Any

from app import clock
from app.aws.step_functions import start_fulfilment, wake
from app.orders.compensation import refund, release
from app.orders.events import (
    OrderCancelled,
    OrderCancelRequested,
    OrderEvent,
    OrderPlaced,
    OrderReviewDecided,
)
from app.orders.review import review_of
from workers.batch import for_each_event


def follow(event: OrderEvent) -> None:
    match event:
        case OrderPlaced():
            start_fulfilment(event.order_id)
        case OrderReviewDecided() | OrderCancelled():
            # A customer may cancel while merchants are asked: the workflow need not wait for them.
            review = review_of(event.order_id)
            if review and review.task_token:
                wake(review.task_token)
        case OrderCancelRequested():
            # While it is being paid the charge step sees the wish; once paid, nobody need wait for
            # the packing time to end. The rules are the workflow's own and do nothing twice.
            refund(event.order_id, now=clock.now())
            release(event.order_id, now=clock.now())


def handler(batch: dict[str, Any], context: object) -> dict[str, Any]:
    return for_each_event(batch, context, follow, worker="fulfilment")
