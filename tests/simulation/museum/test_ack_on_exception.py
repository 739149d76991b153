"""Exhibit 6: log the error, go on. The queue takes silence for success and deletes the message."""

from collections.abc import Callable
from typing import Any

from app.orders.events import OrderEvent, OrderPaid, read_event
from tests.builders import NOON, LambdaContextStub, a_batch
from workers.batch import process_events

type Handler = Callable[[dict[str, Any]], Any]

BROKEN, FINE = (
    OrderPaid(event_id=f"{name}-0001", order_id=name, occurred_at=NOON, total=1, currency="EUR")
    for name in ("broken", "fine")
)


def the_store_is_away_for_one(event: OrderEvent) -> None:
    if event == BROKEN:
        raise ConnectionError


def swallowing(batch: dict[str, Any]) -> None:
    for record in batch["Records"]:
        try:
            the_store_is_away_for_one(read_event(record["body"]))
        except Exception as error:
            print(f"could not handle {record['messageId']}: {error}")  # noqa: T201


def ours(batch: dict[str, Any]) -> dict[str, Any]:
    return process_events(batch, LambdaContextStub(), the_store_is_away_for_one, worker="museum")


def left_in_the_queue(handler: Handler) -> int:
    """By the rules of AWS: without a list of failures, all of a batch is done and is deleted.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    answer = handler(a_batch(BROKEN, FINE)) or {}
    return len(answer.get("batchItemFailures", []))


def test_the_message_is_gone_and_nothing_was_done_about_it() -> None:
    assert left_in_the_queue(swallowing) == 0


def test_with_us_that_one_message_goes_back_and_the_other_is_done() -> None:
    assert left_in_the_queue(ours) == 1
