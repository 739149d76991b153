"""Whether an order costs the same when there are many, and how hot the hottest key is."""

from collections.abc import Iterator

from tests.benchmarks.cost.measurement import Measurement, Opened, measure
from tests.benchmarks.cost.prices import usd_per_million
from tests.benchmarks.cost.report import EMAIL_SERVICE, markdown_table


def measure_growth(opened: Opened, few: int, many: int) -> Iterator[Measurement]:
    """Few orders, then many, then few again on top of them: the tables only grow."""
    with opened as shop:
        yield measure(shop, few, 1, "the first")
        yield measure(shop, few, 10, "the next")
        yield measure(shop, many, 10, "then")
        yield measure(shop, few, 1, "on top of them")


def growth_table(measured: list[Measurement]) -> Iterator[str]:
    rows = [[f"{it.name} {it.orders:,}, batches of {it.batch}", *_row(it)] for it in measured]
    head = ("", "write units", "read units", "dollars per million", "hottest key, writes per order")
    yield from markdown_table((*head, "its share of all writes", "where"), rows)


def _row(measured: Measurement) -> Iterator[str]:
    dollars = usd_per_million(measured.per_order)
    dollars.pop(EMAIL_SERVICE)
    hottest = measured.meter.hottest_partition()
    writes = sum(sum(keys.values()) for keys in measured.meter.writes_by_key.values())
    yield f"{measured.per_order['store_writes']:g}"
    yield f"{measured.per_order['store_reads']:g}"
    yield f"{sum(dollars.values()):.2f}"
    yield f"{hottest.writes / measured.orders:.2f}"
    yield f"{hottest.writes / writes:.2%}"
    yield f"{hottest.name.removeprefix('hearth-and-clay-')} {hottest.key}"
