"""Count each sale once, in the day's figures and on the dashboard."""

from collections.abc import Iterator
from typing import Any

from pynamodb.transactions import TransactWrite

from app import clock
from app.analytics.counters import BY_HOUR, Sum, add_to_day
from app.observability.metrics import measure
from app.orders.events import (
    OrderCancelled,
    OrderDeclined,
    OrderEvent,
    OrderPaid,
    OrderPlaced,
    OrderShipped,
)
from app.persistence.idempotency import once
from workers.batch import for_each_event


def count(event: OrderEvent) -> None:
    def write(transaction: TransactWrite) -> None:
        day = event.occurred_at.date()
        add_to_day(transaction, day, spread_by=event.order_id, sums=figures(event))

    if once("analytics", event.event_id, event.order_id, write, now=clock.now()):
        _show(event)


def _show(event: OrderEvent) -> None:
    match event:
        case OrderPlaced():
            measure("orders", 1, at=event.occurred_at)
        case OrderPaid(total=total):
            measure("revenue", total, at=event.occurred_at)
        case OrderCancelled(refunded=refunded) if refunded:
            measure("refunds", refunded, at=event.occurred_at)


def figures(event: OrderEvent) -> Iterator[tuple[str, Sum]]:
    """Those that are drawn as a curve by the hour; the others by the day."""
    for figure, more in _of_day(event):
        by_hour = f"hour#{event.occurred_at:%H}#" if figure in BY_HOUR else ""
        yield f"{by_hour}{figure}", more


def _of_day(event: OrderEvent) -> Iterator[tuple[str, Sum]]:
    match event:
        case OrderPlaced(lines=lines, total=total):
            yield "placed", Sum(1, total)
            for line in lines:
                yield f"sku#{line.sku}", Sum(line.quantity, line.quantity * line.price)
        case OrderPaid(total=total):
            yield "paid", Sum(1, total)
        case OrderCancelled(refunded=refunded):
            yield "cancelled", Sum(1, refunded)
        case OrderDeclined() | OrderShipped():
            yield event.type.removeprefix("order_"), Sum(1, 0)


def handler(batch: dict[str, Any], context: object) -> dict[str, Any]:
    return for_each_event(batch, context, count, worker="analytics")
