"""Every read and write of one normal order, as text that is kept beside this module.

A change of it shows in review what an order costs, and where: the function, the row, its size in
bytes, the indexes that are written with it, and the units that AWS bills.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from math import ceil
from pathlib import Path

from infra.local.dynamodb_units import SANDBOX_TABLES, RowUnits
from tests.benchmarks.cost.report import markdown_table
from tests.benchmarks.cost.shopping import OurShop
from tests.simulation.simulator.dynamodb import READS, STACK_NAME

ORDER_UNITS = Path(__file__).with_name("order_units.md")
HEAD = """# The units of one order

Written by `pytest tests/benchmarks/cost/test_order_units.py --record`. One order of three lines, as
in `shop cost`: each row that it writes or reads, with its size in bytes. A row costs one write unit
per started KB, two in a transaction, and one more for each entry of an index that is added, changed
or removed; an index entry that moves costs two. A read costs half a unit per started 4 KB, and one
if it is consistent. *Sandbox* rows belong to the payment provider and the carrier.
"""
# Values that differ in each run, by the name that takes their place.
VARIABLE = {
    r"caller#[0-9a-f]{64}": "caller#HASH",
    r"visitor#[0-9a-f]{64}": "visitor#HASH",
    r"#[0-9a-f]{12}\b": "#HASH",
    r"(pi_)?[0-9A-HJKMNP-TV-Z]{26}": "ID",
    r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+0000)": "TIME",
    r"\b20\d\d-\d\d-\d\dT\d\d#\d\b": "HOUR#N",
}


SIZE_STEP = 50  # bytes, rounded up: a counter has a digit more or less


def record_order(shop: OurShop) -> str:
    """Place one order, after others, so that rows of a day or a network exist already."""
    for _ in range(2):
        shop.place_order(shop.fill_cart())
        shop.cloud.settle(batch=1)
    cart = shop.fill_cart()
    with shop.cloud.meter.separate(records_rows=True) as meter:
        shop.place_order(cart)
        shop.cloud.settle(batch=1)
    return "\n".join([HEAD, *_report(meter.rows or [])])


def write_units_of(table: str) -> float:
    """The write units of one order in a table and its indexes, as they were recorded last."""
    writes = ORDER_UNITS.read_text().partition("## Writes")[2].partition("##")[0]
    rows = [[cell.strip() for cell in line.split("|")] for line in writes.splitlines()]
    return sum(float(row[-2]) for row in rows if table in row)


def recorded_totals() -> dict[str, float]:
    """The sums of the file, by unit of the price list."""
    _, writes, reads = ORDER_UNITS.read_text().split("\n## ")
    totals: dict[str, float] = {}
    for unit, section in (("write_units", writes), ("read_units", reads)):
        for owner, prefix in (("**the shop**", ""), ("**the sandbox**", "sandbox_")):
            line = next(it for it in section.splitlines() if it.startswith(f"| {owner}"))
            totals[f"{prefix}{unit}"] = float(line.split("|")[-2])
    return totals


def _report(rows: Sequence[RowUnits]) -> Iterator[str]:
    writes = [it for it in rows if it.operation not in READS]
    reads = [it for it in rows if it.operation in READS]
    yield "## Writes"
    yield ""
    yield from markdown_table(("function", *COLUMNS, "units"), [*_lines(writes), *_sums(writes)])
    yield ""
    yield "## Reads"
    yield ""
    yield from markdown_table(("function", *COLUMNS, "units"), [*_lines(reads), *_sums(reads)])
    yield ""


COLUMNS = ("operation", "table", "row", "and", "bytes")


def _lines(rows: Sequence[RowUnits]) -> Iterator[Sequence[str]]:
    for it in _in_fixed_order(rows):
        also = ", ".join(f"{name} {count:g}" for name, count in it.indexes.items())
        also = "consistent" if it.consistent else also
        size = ceil(it.size / SIZE_STEP) * SIZE_STEP
        yield it.function, it.operation, _table(it), _row(it), also, f"{size}", f"{it.units:g}"


def _in_fixed_order(rows: Sequence[RowUnits]) -> Iterator[RowUnits]:
    """The keys of one batch are sorted: some come from a set."""
    for _, call in groupby(rows, key=lambda it: (it.function, it.operation, it.table)):
        of_call = list(call)
        is_batch = of_call[0].operation == "BatchGetItem"
        yield from sorted(of_call, key=_row) if is_batch else of_call


def _sums(rows: Sequence[RowUnits]) -> Iterator[Sequence[str]]:
    sums: Counter[str] = Counter()
    for it in rows:
        owner = "the sandbox" if _table(it).startswith("sandbox") else "the shop"
        sums[owner] += it.units  # type: ignore[assignment]
    for owner, units in sorted(sums.items(), reverse=True):
        yield f"**{owner}**", "", "", "", "", "", f"{units:g}"


def _table(row: RowUnits) -> str:
    name = row.table.removeprefix(f"{STACK_NAME}-")
    return f"sandbox {name}" if name in SANDBOX_TABLES else name


def _row(row: RowUnits) -> str:
    text = row.row.replace('"', "")
    for pattern, name in VARIABLE.items():
        text = re.sub(pattern, name, text)
    return text
