"""The start report as Markdown tables, which a terminal can show too."""

from collections.abc import Iterator

from tests.benchmarks.cost.report import markdown_table
from tests.benchmarks.starts.budget import (
    MAX_MEGABYTES,
    MAX_ROUND_TRIPS,
    MB,
    TARGET_INSTRUCTIONS,
    TARGET_MS,
    ratios,
)
from tests.benchmarks.starts.figures import Run, compare

MIN_DIFFERENCE = 0.02  # a smaller difference between two runs is noise


def report_lines(run: Run) -> Iterator[str]:
    yield f"Measured {run.measured_at} UTC on {run.machine}; times are CPU time, medians."
    yield ""
    yield from _starts(run)
    yield ""
    yield from _ratios(run)
    yield ""
    yield from _bundles(run)
    yield ""
    yield from _requests(run)
    yield ""
    yield from _thumbnails(run)


def _starts(run: Run) -> Iterator[str]:
    rows = [
        (
            it.name,
            f"{it.instructions:,.0f}" if it.instructions else "",
            f"{it.cpu_ms:,.0f}",
            f"{it.modules:,}",
        )
        for it in run.starts
    ]
    yield from markdown_table(("cold start", "million instructions", "CPU ms", "modules"), rows)


def _ratios(run: Run) -> Iterator[str]:
    rows = [
        (f"{name} / {other}", f"{ratio:.2f}", f"{limit}", "passed" if ratio <= limit else "failed")
        for name, other, ratio, limit in ratios(run)
    ]
    yield from markdown_table(("ratio in one run", "measured", "limit", ""), rows)


def _bundles(run: Run) -> Iterator[str]:
    rows = [
        (name, f"{size / MB:.2f}", f"{MAX_MEGABYTES[name]}")
        for name, size in run.zipped_bytes.items()
    ]
    yield from markdown_table(("bundle", "zipped MB", "limit"), rows)


def _requests(run: Run) -> Iterator[str]:
    rows = [
        (
            it.name,
            f"{it.instructions:.2f}" if it.instructions else "",
            str(TARGET_INSTRUCTIONS.get(it.name, "")),
            f"{it.cpu_ms:.2f}",
            str(TARGET_MS.get(it.name, "")),
            str(it.round_trips),
            str(MAX_ROUND_TRIPS.get(it.name, "")),
        )
        for it in run.warm
    ]
    head = (
        *("warm request", "million instructions", "target"),
        *("CPU ms without DynamoDB", "target", "round trips", "limit"),
    )
    yield from markdown_table(head, rows)


def _thumbnails(run: Run) -> Iterator[str]:
    rows = [(it.name, f"{it.cpu_ms:.0f}", f"{it.peak_mb:.0f}") for it in run.thumbnails]
    yield from markdown_table(("12 megapixels to four sizes", "CPU ms", "peak MB"), rows)


def difference_lines(before: Run, after: Run) -> Iterator[str]:
    """Figures whose change exceeds the noise, the largest change first."""
    changed = [
        (name, then, now, now / then)
        for name, then, now in compare(before, after)
        if then and abs(now / then - 1) > MIN_DIFFERENCE
    ]
    rows = [
        (name, f"{then:,.4g}", f"{now:,.4g}", f"{ratio:.2f}")
        for name, then, now, ratio in sorted(changed, key=lambda it: -abs(it[3] - 1))
    ]
    yield from markdown_table(("changed", before.measured_at, after.measured_at, "ratio"), rows)
