"""The report of a run, as Markdown tables, which read well in a terminal too."""

from collections.abc import Iterator

from tests.benchmarks.cost.report import markdown_table
from tests.benchmarks.starts.budget import MB, MOST_MEGABYTES, MOST_MS, MOST_ROUND_TRIPS, ratios
from tests.benchmarks.starts.figures import Run, compared

WORTH_TELLING = 0.02  # a smaller difference between two runs is noise


def told(run: Run) -> Iterator[str]:
    yield f"Measured {run.at} UTC on {run.machine}; times are CPU time, medians."
    yield ""
    yield from _starts(run)
    yield ""
    yield from _ratios(run)
    yield ""
    yield from _zipped(run)
    yield ""
    yield from _warm(run)
    yield ""
    yield from _cuts(run)


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
        (f"{name} / {other}", f"{ratio:.2f}", f"{most}", "kept" if ratio <= most else "missed")
        for name, other, ratio, most in ratios(run)
    ]
    yield from markdown_table(("in one run", "ratio", "promised", ""), rows)


def _zipped(run: Run) -> Iterator[str]:
    rows = [
        (name, f"{size / MB:.2f}", f"{MOST_MEGABYTES[name]}") for name, size in run.zipped.items()
    ]
    yield from markdown_table(("bundle", "zipped MB", "promised"), rows)


def _warm(run: Run) -> Iterator[str]:
    rows = [
        (
            it.name,
            f"{it.cpu_ms:.2f}",
            str(MOST_MS.get(it.name, "")),
            str(it.round_trips),
            str(MOST_ROUND_TRIPS.get(it.name, "")),
        )
        for it in run.warm
    ]
    head = ("warm request", "CPU ms, without the store", "promised", "round trips", "promised")
    yield from markdown_table(head, rows)


def _cuts(run: Run) -> Iterator[str]:
    rows = [(it.name, f"{it.cpu_ms:.0f}", f"{it.peak_mb:.0f}") for it in run.cuts]
    yield from markdown_table(("12 megapixels to four sizes", "CPU ms", "peak MB"), rows)


def differences_told(before: Run, after: Run) -> Iterator[str]:
    """What has changed by more than noise, the largest change first."""
    changed = [
        (name, then, now, now / then)
        for name, then, now in compared(before, after)
        if then and abs(now / then - 1) > WORTH_TELLING
    ]
    rows = [
        (name, f"{then:,.4g}", f"{now:,.4g}", f"{ratio:.2f}")
        for name, then, now, ratio in sorted(changed, key=lambda it: -abs(it[3] - 1))
    ]
    yield from markdown_table(("changed", before.at, after.at, "ratio"), rows)
