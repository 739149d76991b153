"""The cost report as Markdown tables, which a terminal can show too."""

from collections.abc import Iterator, Mapping, Sequence

from tests.benchmarks.cost.measurement import Measurement
from tests.benchmarks.cost.prices import price_list, usd_per_million

EMAIL_SERVICE = "SES"
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


def cost_table(ours: Measurement, twin: Measurement) -> Iterator[str]:
    """USD per million orders by service; emails separately, since both designs send the same."""
    both = [usd_per_million(it.per_order) for it in (ours, twin)]
    emails = [it.pop(EMAIL_SERVICE) for it in both]
    services = sorted({*both[0], *both[1]}, key=lambda it: -both[0].get(it, 0))
    rows = [_comparison_row(service, *(it.get(service, 0) for it in both)) for service in services]
    rows.append(_comparison_row("**total**", *(sum(it.values()) for it in both)))
    rows.append(_comparison_row("emails (SES), in addition", *emails))
    yield from markdown_table((f"batches of {ours.batch}", "ours", "naive twin", "ratio"), rows)


def units_table(ours: Measurement, twin: Measurement) -> Iterator[str]:
    per_order = ours.per_order, twin.per_order
    rows = []
    for unit, price in price_list().prices.items():
        if any(unit in counts for counts in per_order):
            numbers = [f"{counts.get(unit, 0):,.4g}" for counts in per_order]
            rows.append([f"{price.service}: {price.unit}", *numbers])
    yield from markdown_table(("per order", "ours", "naive twin"), rows)


def writes_table(measured: Measurement) -> Iterator[str]:
    rows = [
        [name.removeprefix("hearth-and-clay-"), f"{units / measured.orders:,.4g}"]
        for name, units in measured.meter.tables.most_common()
    ]
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
    return f"{sum(usd_per_million(counts).values()):.2f}"


def _comparison_row(name: str, ours: float, twin: float) -> Row:
    ratio = f"{ours / twin:.2f}" if twin else ""
    return name, f"{ours:,.2f}", f"{twin:,.2f}", ratio
