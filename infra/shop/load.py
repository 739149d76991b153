"""`shop load`: people shop by the hundred; then pages, orders and books are judged."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from infra.audit import told
from infra.deployed import Deployed
from infra.load.judging import Evidence, Verdict, deserves, judge
from infra.load.plan import Plan
from infra.load.running import Run, must_have_wares, run_load, wares_of
from infra.load.tags import new_run
from infra.load.targets import LOCAL
from infra.load.wishes import Wishes, wished
from infra.local.home import Home
from infra.shop.audit import compared
from infra.shop.report import show
from infra.shop.terminal import HOME, Progress, out

RUNS = HOME / "load"

Wanted = Annotated[
    list[str] | None, typer.Argument(help="users=20 or arrivals=2, seconds=60, flash=40 ...")
]
Headless = Annotated[bool, typer.Option("--headless", help="Without locust's own page.")]
CountsOnly = Annotated[bool, typer.Option("--counts-only", help="Judge counts, no times.")]


def load(
    wanted: Wanted = None, *, headless: Headless = False, counts_only: CountsOnly = False
) -> None:
    """Let people shop by the hundred, then judge pages, orders and books.

    With locust's page, where users can be added live; Ctrl-C there begins the judging.
    """
    wishes, shop = wished(wanted or ()), Deployed.here(Home(HOME))
    with Progress().shown() as progress:
        plan = _planned(wishes, shop)
        run = Run(RUNS / plan.run, headless, wishes.page_port, wishes.flash)
        evidence = run_load(shop, run, plan, progress.step)
    verdicts = judge(evidence, LOCAL)
    _say(evidence, verdicts)
    sys.exit(deserves(verdicts, counts_only=counts_only))


def _planned(wishes: Wishes, shop: Deployed) -> Plan:
    url = shop.cloud.shop_url if shop.cloud else ""
    there, gone = wares_of(url)
    must_have_wares(there)
    return Plan(
        run=new_run(),
        url=url,
        seconds=wishes.seconds,
        users=0 if wishes.arrivals else wishes.users,
        arrivals=wishes.arrivals,
        ramp=wishes.ramp,
        think=wishes.think,
        wares=tuple(there),
        flash=(gone or there)[0] if wishes.flash else None,
    )


def _say(evidence: Evidence, verdicts: Sequence[Verdict]) -> None:
    show(("Judged", "", "promised", ""), [_row(it) for it in verdicts])
    out.print(compared(evidence.books), soft_wrap=True)
    out.print(told(evidence.breaches), markup=False, soft_wrap=True)


def _row(it: Verdict) -> tuple[str, ...]:
    digits = 2 if it.unit == "s" else 0
    verdict = "[green]✓[/]" if it.kept else "[red]missed[/]"
    amount, most = f"{it.value:.{digits}f} {it.unit}", f"≤ {it.most:.{digits}f} {it.unit}"
    return it.what, amount, most, verdict
