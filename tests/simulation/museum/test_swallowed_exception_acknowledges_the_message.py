"""Exhibit 6, swallowed exception: the error is logged, and SQS deletes the unhandled message."""

from collections.abc import Callable
from typing import Any

from app.orders.events import OrderEvent, OrderPaid, read_event
from tests.builders import NOON, LambdaContextStub, a_batch
from workers.batch import process_batch, read_order_event

type Handler = Callable[[dict[str, Any]], Any]

FAILING, FINE = (
    OrderPaid(event_id=f"{name}-0001", order_id=name, occurred_at=NOON, total=1, currency="EUR")
    for name in ("failing", "fine")
)


def fail_for_one_order(event: OrderEvent) -> None:
    if event == FAILING:
        raise ConnectionError


def swallowing_handler(batch: dict[str, Any]) -> None:
    for record in batch["Records"]:
        try:
            fail_for_one_order(read_event(record["body"]))
        except Exception as error:
            print(f"could not handle {record['messageId']}: {error}")  # noqa: T201


def app_handler(batch: dict[str, Any]) -> dict[str, Any]:
    return process_batch(
        batch, LambdaContextStub(), fail_for_one_order, read=read_order_event, worker="museum"
    )


def returned_to_queue(handler: Handler) -> int:
    """The number of messages that stay in the queue; without a list of failures, none does.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    response = handler(a_batch(FAILING, FINE)) or {}
    return len(response.get("batchItemFailures", []))


def test_swallowed_exception_loses_the_message() -> None:
    assert returned_to_queue(swallowing_handler) == 0


def test_app_returns_only_the_failed_message() -> None:
    assert returned_to_queue(app_handler) == 1
