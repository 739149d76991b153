"""Whether an order costs the same when there are many, and how hot the hottest key is."""

from collections.abc import Iterator

from tests.benchmarks.cost.measurement import Measured, Opened, measure
from tests.benchmarks.cost.prices import in_dollars
from tests.benchmarks.cost.report import LETTERS, table


def grown(opened: Opened, few: int, many: int) -> Iterator[Measured]:
    """Few orders, then many, then few again on top of them: the tables only grow."""
    with opened as shop:
        yield measure(shop, few, 1, "the first")
        yield measure(shop, few, 10, "the next")
        yield measure(shop, many, 10, "then")
        yield measure(shop, few, 1, "on top of them")


def growth_told(measured: list[Measured]) -> Iterator[str]:
    rows = [[f"{it.name} {it.orders:,}, batches of {it.batch}", *_told(it)] for it in measured]
    head = ("", "write units", "read units", "dollars per million", "hottest key, writes per order")
    yield from table((*head, "its share of all writes", "where"), rows)


def _told(measured: Measured) -> Iterator[str]:
    dollars = in_dollars(measured.per_order)
    dollars.pop(LETTERS)
    hottest = measured.meter.hottest()
    writes = sum(sum(keys.values()) for keys in measured.meter.written.values())
    yield f"{measured.per_order['store_writes']:g}"
    yield f"{measured.per_order['store_reads']:g}"
    yield f"{sum(dollars.values()):.2f}"
    yield f"{hottest.times / measured.orders:.2f}"
    yield f"{hottest.times / writes:.2%}"
    yield f"{hottest.name.removeprefix('hearth-and-clay-')} {hottest.key}"
