"""Whether an order costs the same when there are many, and how hot the hottest key is."""

from collections.abc import Iterator

from infra.costs import in_dollars
from tests.costs.measuring import Measured, Opened, measure
from tests.costs.telling import LETTERS, table


def grown(opened: Opened, sizes: tuple[int, ...], batches: tuple[int, ...]) -> Iterator[Measured]:
    """The orders of all sizes lie in the same tables, one after another: they only grow."""
    with opened as shop:
        for size in sizes:
            for batch in batches:
                yield measure(shop, size, batch)


def growth_told(measured: list[Measured]) -> Iterator[str]:
    rows = []
    for it in measured:
        dollars = in_dollars(it.per_order)
        dollars.pop(LETTERS)
        hottest = it.meter.hottest()
        place = f"{hottest.name.removeprefix('hearth-and-clay-')} {hottest.key}"
        share = hottest.times / sum(sum(keys.values()) for keys in it.meter.written.values())
        rows.append(
            (
                f"{it.orders:,} orders, batches of {it.batch}",
                f"{it.per_order['store_writes']:g}",
                f"{it.per_order['store_reads']:g}",
                f"{sum(dollars.values()):.2f}",
                f"{hottest.times / it.orders:.2f}",
                f"{share:.2%}",
                place,
            )
        )
    head = ("", "write units", "read units", "dollars per million", "hottest key, writes per order")
    yield from table((*head, "its share of all writes", "where"), rows)
