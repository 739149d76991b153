"""The cost report as Markdown tables, which a terminal can show too."""

from collections.abc import Iterator, Mapping, Sequence

from infra.local.dynamodb_units import SANDBOX_TABLES
from infra.local.prices import IN_ADDITION, price_list, total_usd, usd_per_million
from tests.benchmarks.cost.measurement import Measurement

type Row = Sequence[str]


def markdown_table(head: Row, rows: Sequence[Row]) -> Iterator[str]:
    """Align the first column left and the numbers right."""
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    yield _line(head, widths)
    yield _line(("-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])), widths)
    for row in rows:
        yield _line(row, widths)


def _line(row: Row, widths: Sequence[int]) -> str:
    numbers = (it.rjust(width) for it, width in zip(row[1:], widths[1:], strict=True))
    return f"| {' | '.join([row[0].ljust(widths[0]), *numbers])} |"


def cost_table(measurements: Sequence[Measurement]) -> Iterator[str]:
    """USD per million orders by service; separately what is ``IN_ADDITION``.

    The first design is ours. A ratio is ours divided by the other.
    """
    costs = [usd_per_million(it.per_order) for it in measurements]
    additions = [
        (name, [it.pop(service, 0) for it in costs]) for service, name in IN_ADDITION.items()
    ]
    services = sorted({name for it in costs for name in it}, key=lambda it: -costs[0].get(it, 0))
    rows = [_cost_row(service, [it.get(service, 0) for it in costs]) for service in services]
    rows.append(_cost_row("**total**", [sum(it.values()) for it in costs]))
    rows += [_cost_row(name, of_designs) for name, of_designs in additions]
    ratios = [f"ours / {it.name}" for it in measurements[1:]]
    batch = f"batches of {measurements[0].batch}"
    yield from markdown_table((batch, *(it.name for it in measurements), *ratios), rows)


def units_table(measurements: Sequence[Measurement]) -> Iterator[str]:
    rows = []
    for unit, price in price_list().prices.items():
        counts = [it.per_order.get(unit, 0) for it in measurements]
        if any(counts):
            numbers = [f"{count:,.4g}" for count in counts]
            rows.append([f"{price.service}: {price.unit}", *numbers])
    yield from markdown_table(("per order", *(it.name for it in measurements)), rows)


def writes_table(measured: Measurement) -> Iterator[str]:
    """Write units by table. A real provider and a real carrier have their two elsewhere."""
    rows = []
    for table, units in measured.meter.tables.most_common():
        name = table.removeprefix("hearth-and-clay-")
        is_sandbox = name in SANDBOX_TABLES
        row_name = f"{name} (sandbox)" if is_sandbox else name
        rows.append([row_name, f"{units / measured.orders:,.4g}"])
    yield from markdown_table(("write units by table", "per order"), rows)


def pages_table(pages: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    rows = [
        [
            name,
            f"{counts.get('read_units', 0):g}",
            f"{counts['bytes_out'] / 1000:.1f}",
            _total(counts),
        ]
        for name, counts in pages.items()
    ]
    yield from markdown_table(("page", "read units", "KB", "USD per million views"), rows)


def _total(counts: Mapping[str, float]) -> str:
    return f"{total_usd(counts):.2f}"


def _cost_row(name: str, costs: Sequence[float]) -> Row:
    ours, *others = costs
    ratios = [f"{ours / other:.2f}" if other else "" for other in others]
    return name, *(f"{cost:,.2f}" for cost in costs), *ratios
