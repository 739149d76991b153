"""What `shop load` says of a run: pages, what was judged, and the audit."""

from collections.abc import Sequence

from app.verification import told
from infra.cli.report import keep, show
from infra.cli.terminal import out
from infra.cli.verify import compared
from tests.load.assertions import Evidence, Verdict
from tests.load.order_times import clicks_to, median
from tests.load.page_times import PageTimes, pages
from tests.load.plan import Plan
from tests.load.report import machine, who_came

PAGES = ("Page", "requests", "errors", "p50 ms", "p95", "p99")


def say(evidence: Evidence, verdicts: Sequence[Verdict]) -> None:
    show(PAGES, [_page(it) for it in pages(evidence.noted.requests)])
    missed = [it for it in verdicts if not it.kept]
    worth_a_line = [it for it in verdicts if it.unit != "ms" or it in missed]
    show(("Judged", "", "promised", ""), [_judged(it) for it in worth_a_line])
    out.print(compared(evidence.books), soft_wrap=True)
    out.print(told(evidence.breaches), markup=False, soft_wrap=True)


def keep_short(name: str, plan: Plan, evidence: Evidence) -> None:
    """A report of one screen, beside the others that are kept with the code."""
    noted, books = evidence.noted, evidence.books
    orders = sum(it.what == "place" for it in noted.pressed)
    paid, shipped = (median(clicks_to(it, noted, books)) for it in ("order_paid", "order_shipped"))
    balanced = "balanced" if not evidence.breaches else f"{len(evidence.breaches)} breaches"
    keep(
        name,
        f"`shop load`: {who_came(plan)} for {plan.seconds} s, {plan.think:g} s to think, on "
        f"{machine()}, everything on it. {len(noted.requests)} requests, {orders} orders; from the "
        f"click to paid {paid:.1f} s, to shipped {shipped:.1f} s without packing (medians). "
        f"{compared(books)} The audit: {balanced}.",
        PAGES,
        [_page(it) for it in pages(noted.requests)],
    )


def _page(it: PageTimes) -> tuple[object, ...]:
    times = (round(ms) for ms in (it.times.p50, it.times.p95, it.times.p99))
    return it.page, it.requests, it.errors + it.throttles, *times


def _judged(it: Verdict) -> tuple[str, ...]:
    digits = 2 if it.unit == "s" else 0
    verdict = "[green]✓[/]" if it.kept else "[red]missed[/]"
    amount, most = f"{it.value:.{digits}f} {it.unit}", f"≤ {it.most:.{digits}f} {it.unit}"
    return it.what, amount, most, verdict
