"""Analytics worker: counts each order event once, in the sales figures and in CloudWatch."""

from collections.abc import Iterable, Iterator
from typing import Any

from pynamodb.transactions import TransactWrite

from app import clock
from app.analytics.counters import (
    HOURLY_FIGURES,
    REFUNDED_BY_SKU,
    SOLD_BY_SKU,
    Total,
    add_to_day,
    hourly_figure,
)
from app.observability.lambda_context import inject_lambda_context
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
from app.persistence.idempotency import process_once
from app.shop_time import shop_day, shop_zone
from workers.batch import process_events


def count_sales(event: OrderEvent) -> None:
    def write(transaction: TransactWrite) -> None:
        day = shop_day(event.occurred_at)
        add_to_day(transaction, day, shard_by=event.order_id, totals=figures(event))

    if process_once("analytics", event.event_id, event.order_id, write, now=clock.now()):
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
    """The figures of an event. Those that the report charts are counted by the hour."""
    for figure, total in _daily_figures(event):
        is_hourly = figure in HOURLY_FIGURES
        yield hourly_figure(figure, event.occurred_at) if is_hourly else figure, total


def _daily_figures(event: OrderEvent) -> Iterator[tuple[str, Total]]:
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


shop_zone()  # a wrong SHOP_TIME_ZONE stops the function before it counts anything


@inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return process_events(event, context, count_sales, worker="analytics")
