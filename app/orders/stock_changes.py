"""What an order event changes in the stock: the entries that the stock ledger has of it."""

from collections.abc import Sequence
from typing import NamedTuple

from app.orders.events import (
    EventLine,
    OrderCancelled,
    OrderDeclined,
    OrderEvent,
    OrderPlaced,
    OrderShipped,
    ReturnRefunded,
)


class StockChanges(NamedTuple):
    """The cause of the entries, and for each SKU the change of its available units."""

    cause: str
    units: tuple[tuple[str, int], ...]


def stock_changes(event: OrderEvent) -> StockChanges | None:
    """None for an event that changes no stock."""
    match event:
        case OrderPlaced(lines=lines):
            return StockChanges("reserved", _changes(lines, -1))
        case OrderDeclined(lines=lines) | OrderCancelled(lines=lines):
            return StockChanges("released", _changes(lines, 1))
        case OrderShipped(lines=lines):
            return StockChanges("sold", _changes(lines, 0))
        case ReturnRefunded(lines=returned, return_number=number):
            units = tuple((line.sku, line.restocked) for line in returned)
            return StockChanges(f"returned#{number}", units)
    return None


def _changes(lines: Sequence[EventLine], sign: int) -> tuple[tuple[str, int], ...]:
    return tuple((line.sku, sign * line.quantity) for line in lines)
