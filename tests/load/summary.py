"""Print the result of a run: pages, assertions, and the consistency check."""

from collections.abc import Sequence

from app.verification import format_violations
from infra.cli.terminal import out
from infra.ops.verify import summarize
from tests.load.assertions import Assertion, RunResult
from tests.load.order_times import median, seconds_from_click_to
from tests.load.page_times import PageTimes, summarize_pages
from tests.load.plan import Plan
from tests.load.report import describe_load, describe_machine
from tests.markdown_reports import print_table, write_report

PAGE_HEADINGS = ("Page", "requests", "errors", "p50 ms", "p95", "p99")


def print_summary(result: RunResult, assertions: Sequence[Assertion]) -> None:
    """Of the response times only the failed assertions are printed."""
    pages = summarize_pages(result.recording.requests)
    print_table(PAGE_HEADINGS, [_page_row(page) for page in pages])
    relevant = [it for it in assertions if it.unit != "ms" or not it.passed]
    print_table(("Assertion", "measured", "limit", ""), [_assertion_row(it) for it in relevant])
    out.print(summarize(result.snapshot), soft_wrap=True)
    out.print(format_violations(result.violations), markup=False, soft_wrap=True)


def write_markdown_report(name: str, plan: Plan, result: RunResult) -> None:
    """Write a short report to tests/reports, which is committed."""
    recording, snapshot = result.recording, result.snapshot
    orders = sum(record.action == "place" for record in recording.actions)
    paid, shipped = (
        median(seconds_from_click_to(event_type, recording, snapshot))
        for event_type in ("order_paid", "order_shipped")
    )
    write_report(
        name,
        f"`shop load`: {describe_load(plan)} for {plan.seconds} s, think time {plan.think:g} s, "
        f"everything on one machine ({describe_machine()}). {len(recording.requests)} requests, "
        f"{orders} orders; median from the click to paid {paid:.1f} s, to shipped {shipped:.1f} s "
        f"without packing. {summarize(snapshot)} {len(result.violations)} consistency violations.",
        PAGE_HEADINGS,
        [_page_row(page) for page in summarize_pages(recording.requests)],
    )


def _page_row(page: PageTimes) -> tuple[object, ...]:
    times = (round(ms) for ms in (page.times.p50, page.times.p95, page.times.p99))
    return page.page, page.requests, page.errors + page.throttles, *times


def _assertion_row(assertion: Assertion) -> tuple[str, ...]:
    digits = 2 if assertion.unit == "s" else 0
    value = f"{assertion.value:.{digits}f} {assertion.unit}"
    limit = f"≤ {assertion.limit:.{digits}f} {assertion.unit}"
    return assertion.name, value, limit, "[green]✓[/]" if assertion.passed else "[red]failed[/]"
