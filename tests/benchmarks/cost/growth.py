"""Measure whether the cost of an order grows with their number, and find the hottest partition."""

from collections.abc import Iterator

from infra.local.prices import total_usd
from tests.benchmarks.cost.measurement import Measurement, OpenShop, measure
from tests.benchmarks.cost.report import markdown_table


def measure_growth(opened: OpenShop, few: int, many: int) -> Iterator[Measurement]:
    """Measure few orders, then many, then few again; the tables keep all of them."""
    with opened as shop:
        yield measure(shop, few, 1, "the first")
        yield measure(shop, few, 10, "the next")
        yield measure(shop, many, 10, "then")
        yield measure(shop, few, 1, "again")


def growth_table(measurements: list[Measurement]) -> Iterator[str]:
    rows = [[f"{it.name} {it.orders:,}, batches of {it.batch}", *_row(it)] for it in measurements]
    head = ("", "write units", "read units", "USD per million", "hottest key, writes per order")
    yield from markdown_table((*head, "its share of all writes", "partition"), rows)


def _row(measured: Measurement) -> Iterator[str]:
    hottest = measured.meter.hottest_partition()
    writes = sum(sum(keys.values()) for keys in measured.meter.writes_by_key.values())
    yield f"{measured.per_order['write_units']:g}"
    yield f"{measured.per_order['read_units']:g}"
    yield f"{total_usd(measured.per_order):.2f}"
    yield f"{hottest.writes / measured.orders:.2f}"
    yield f"{hottest.writes / writes:.2%}"
    yield f"{hottest.name.removeprefix('hearth-and-clay-')} {hottest.key}"
