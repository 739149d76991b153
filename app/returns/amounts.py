"""What returned units may cost and where they are restocked. Pure; amounts are integer cents."""

from collections import Counter
from collections.abc import Iterable, Sequence

from app.orders.models import Order, OrderLine
from app.orders.return_rows import Return, ReturnStatus

type Units = dict[str, int]  # by SKU


def units_returned(returns: Iterable[Return]) -> Counter[str]:
    """Units that came back or are to come back, by SKU. Those of a refused return do not count."""
    units: Counter[str] = Counter()
    for returned in returns:
        if returned.status != ReturnStatus.REFUSED:
            units.update(returned.units)
    return units


def returnable_units(order: Order, returns: Iterable[Return]) -> Units:
    """The units of each SKU that the customer can still return."""
    returned = units_returned(returns)
    return {line.sku: line.quantity - returned[line.sku] for line in order.lines}


def units_cost(line: OrderLine, *, after: int, count: int) -> int:
    """What ``count`` units of the line cost, when ``after`` units came back before.

    The line's total is divided by largest remainder, so the units add up exactly to the line:
    https://en.wikipedia.org/wiki/Largest_remainder_method
    """
    share, remainder = divmod(line.total, line.quantity)

    def cost_of_first(units: int) -> int:
        return share * units + min(units, remainder)

    return cost_of_first(after + count) - cost_of_first(after)


def max_refund(order: Order, earlier: Sequence[Return], units: Units) -> int:
    """The most that can be refunded for these units: what they cost, less what is gone already.

    Shipping is refunded only when every unit of the order has come back.
    """
    before = units_returned(earlier)
    cost = sum(
        units_cost(line, after=before[line.sku], count=units.get(line.sku, 0))
        for line in order.lines
    )
    if all(before[it.sku] + units.get(it.sku, 0) == it.quantity for it in order.lines):
        cost += order.shipping
    return min(cost, order.total - order.refunded)


def allocate_restock(line: OrderLine, earlier: Iterable[Return], quantity: int) -> dict[str, int]:
    """The stock rows that take these units back: those that the line's units were sold from."""
    free = Counter(line.reservations)
    for returned in earlier:
        for it in returned.lines:
            if it.sku == line.sku:
                free.subtract(it.restocked)
    allocation: dict[str, int] = {}
    for key, units in free.items():
        if taken := min(units, quantity - sum(allocation.values())):
            allocation[key] = taken
    return allocation
