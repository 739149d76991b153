"""What `shop load` says of a run: pages, what was judged, and the audit."""

from collections.abc import Sequence

from infra.audit import told
from infra.load.judging import Evidence, Verdict
from infra.load.page_times import PageTimes, pages
from infra.shop.audit import compared
from infra.shop.report import show
from infra.shop.terminal import out


def say(evidence: Evidence, verdicts: Sequence[Verdict]) -> None:
    headings = ("Page", "requests", "errors", "p50 ms", "p95", "p99")
    show(headings, [_page(it) for it in pages(evidence.noted.requests)])
    missed = [it for it in verdicts if not it.kept]
    worth_a_line = [it for it in verdicts if it.unit != "ms" or it in missed]
    show(("Judged", "", "promised", ""), [_judged(it) for it in worth_a_line])
    out.print(compared(evidence.books), soft_wrap=True)
    out.print(told(evidence.breaches), markup=False, soft_wrap=True)


def _page(it: PageTimes) -> tuple[object, ...]:
    times = (round(ms) for ms in (it.times.p50, it.times.p95, it.times.p99))
    return it.page, it.requests, it.errors + it.throttles, *times


def _judged(it: Verdict) -> tuple[str, ...]:
    digits = 2 if it.unit == "s" else 0
    verdict = "[green]✓[/]" if it.kept else "[red]missed[/]"
    amount, most = f"{it.value:.{digits}f} {it.unit}", f"≤ {it.most:.{digits}f} {it.unit}"
    return it.what, amount, most, verdict
