"""The report of `shop scale`: a table of pages for a small and a large shop."""

from collections.abc import Iterator, Mapping

from tests.benchmarks.cost.report import markdown_table
from tests.benchmarks.scale.measurement import (
    MAX_BYTES,
    MAX_READ_UNITS,
    MAX_ROUND_TRIPS,
    PageCost,
)

HEADINGS = (
    *("page", "round trips", "read units", "KB", "rows", "rows, small", "CPU ms", "CPU ms, small"),
    *("CPU ratio", "work ratio"),
)


def report_lines(
    sizes: str, small_sizes: str, small: Mapping[str, PageCost], large: Mapping[str, PageCost]
) -> Iterator[str]:
    yield (
        f"{sizes}, each product with two variants and three images; 300 orders a day, all open. "
        "One view of each page by a warm function, on the emulator's tables in one process; the "
        "CPU time of DynamoDB is left out, and parallel reads are one round trip. Bounds: "
        f"{MAX_ROUND_TRIPS} round trips, {MAX_READ_UNITS} read units, {MAX_BYTES // 1000} KB of "
        "HTML before compression. A page marked with * is beyond one."
    )
    yield ""
    yield (
        f"The small shop has {small_sizes}: one day, so that both shops fill a page of orders, and "
        "one category whose products fill a page of twelve. The rows of tables and lists show "
        "whether a ratio compares pages of the same length: the order of a category's products has "
        "25 rows in one shop and 16 in the other. The CPU ratio is that of the shortest of ten "
        "views, which other processes still disturb. The work ratio is that of function calls; a "
        "test keeps it below 1.5 for every page."
    )
    yield ""
    yield from markdown_table(HEADINGS, [_row(small[name], cost) for name, cost in large.items()])


def _row(small: PageCost, large: PageCost) -> tuple[str, ...]:
    return (
        large.name + ("" if large.is_within_bounds else " *"),
        str(large.round_trips),
        f"{large.read_units:.1f}",
        f"{large.size / 1000:.0f}",
        str(large.rows),
        str(small.rows),
        f"{large.cpu_ms:.1f}",
        f"{small.cpu_ms:.1f}",
        f"{large.cpu_ms / small.cpu_ms:.2f}",
        f"{large.calls / small.calls:.2f}",
    )
