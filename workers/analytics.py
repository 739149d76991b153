"""Analytics worker: counts each order event once, in the sales figures and in CloudWatch.

By its schedule, it sums up the figures of each hour.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from app import clock
from app.analytics.facts import record_fact
from app.analytics.figures import REFUNDED_BY_SKU, SOLD_BY_SKU
from app.analytics.models import Total
from app.analytics.rollup import roll_up
from app.observability.lambda_context import inject_lambda_context
from app.observability.logs import log
from app.observability.metrics import put_metric
from app.orders.events import (
    EventLine,
    OrderCancelled,
    OrderDeclined,
    OrderEvent,
    OrderPaid,
    OrderPlaced,
    OrderShipped,
    ReturnedLine,
    ReturnRefunded,
)
from app.shop_time import shop_zone
from workers.batch import process_events


def count_sales(event: OrderEvent) -> None:
    if record_fact(event.event_id, event.occurred_at, figures(event), now=clock.now()):
        _put_metrics(event)


def _put_metrics(event: OrderEvent) -> None:
    match event:
        case OrderPlaced():
            put_metric("OrdersPlaced", 1, at=event.occurred_at)
        case OrderPaid(total=total):
            put_metric("Revenue", total, at=event.occurred_at)
        case OrderCancelled(refunded=refunded) | ReturnRefunded(refunded=refunded) if refunded:
            put_metric("Refunds", refunded, at=event.occurred_at)


def figures(event: OrderEvent) -> Iterator[tuple[str, Total]]:
    """What an event adds to the sales figures."""
    match event:
        case OrderPlaced(total=total):
            yield "placed", Total(1, total)
        case OrderPaid(total=total, lines=lines):
            yield "paid", Total(1, total)
            yield from _by_sku(SOLD_BY_SKU, lines)
        case OrderCancelled(refunded=refunded, lines=lines):
            yield "cancelled", Total(1, refunded)
            yield from _by_sku(REFUNDED_BY_SKU, lines if refunded else ())
        case ReturnRefunded(refunded=refunded, lines=returned):
            yield "returned", Total(1, refunded)
            yield from _by_sku(REFUNDED_BY_SKU, returned)
        case OrderDeclined() | OrderShipped():
            yield event.type.removeprefix("order_"), Total(1, 0)


def _by_sku(prefix: str, lines: Iterable[EventLine | ReturnedLine]) -> Iterator[tuple[str, Total]]:
    for line in lines:
        yield f"{prefix}{line.sku}", Total(line.quantity, line.total)


MIN_REMAINING_MS = 10_000  # with less time left, the remaining hours wait for the next run

shop_zone()  # a wrong SHOP_TIME_ZONE stops the function before it counts anything


@inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Count the events of the queue, or on the schedule, sum up the hours that are due."""
    if "Records" in event:
        return process_events(event, context, count_sales, worker="analytics")
    hours = roll_up(
        now=clock.now(), has_time=lambda: context.get_remaining_time_in_millis() > MIN_REMAINING_MS
    )
    log("roll_up", hours=hours)
    return {"hours": hours}
