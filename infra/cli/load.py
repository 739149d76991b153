"""`shop load`: people shop by the hundred; then pages, orders and books are judged."""

import sys
from typing import Annotated

import typer

from infra.cli.load_summary import keep_short, say
from infra.cli.terminal import HOME, Progress, out
from infra.cli.verify import compared, shop_called
from infra.ops.deployed_stack import Deployed
from infra.user_error import Trouble
from tests.load.assertions import deserves, judge
from tests.load.bill import must_not_cost_more
from tests.load.options import wished
from tests.load.past_runs import clean_up
from tests.load.plan import Plan
from tests.load.quotas import needs
from tests.load.report import write_report
from tests.load.run import Run, planned, run_load
from tests.load.targets import AWS, LOCAL

RUNS = HOME / "load"

Wanted = Annotated[
    list[str] | None, typer.Argument(help="users=20 or arrivals=2, seconds=60, flash=40 ...")
]
Headless = Annotated[bool, typer.Option("--headless", help="Without locust's own page.")]
CountsOnly = Annotated[bool, typer.Option("--counts-only", help="Judge counts, no times.")]
StackName = Annotated[str, typer.Option("--stack", help="A stack on AWS instead of this machine.")]
Dollars = Annotated[float, typer.Option("--spend-up-to", help="The most a run on AWS may cost.")]


def load(
    wanted: Wanted = None,
    *,
    headless: Headless = False,
    counts_only: CountsOnly = False,
    stack: StackName = "",
    spend_up_to: Dollars = 1,
) -> None:
    """Let people shop by the hundred, then judge pages, orders and books.

    With locust's page, where users can be added live; Ctrl-C there begins the judging.
    `shop load clean` takes back all that such runs have made.
    """
    shop = shop_called(stack)
    if wanted == ["clean"]:
        _clean(shop)
        return
    wishes = wished(wanted or ())
    plan = planned(shop, wishes)
    if shop.cloud is None:
        _on_aws(shop, plan, spend_up_to)
    run = Run(
        RUNS / plan.run,
        headless=headless,
        page_port=wishes.page_port,
        flash_pieces=wishes.flash,
        flash_drawers=wishes.drawers,
        faults=wishes.weather,
        deadly=wishes.deadly,
    )
    with Progress().shown() as progress:
        evidence = run_load(shop, run, plan, progress.step)
    verdicts = judge(evidence, LOCAL if shop.cloud else AWS)
    say(evidence, verdicts)
    told = write_report(run.folder, plan, evidence, verdicts, compared(evidence.books))
    out.print(f"Report: {told}", soft_wrap=True)
    if wishes.keep:
        keep_short(wishes.keep, plan, evidence)
    sys.exit(deserves(verdicts, counts_only=counts_only))


def _on_aws(shop: Deployed, plan: Plan, spend_up_to: float) -> None:
    scarce = needs(shop.client, plan)
    for it in scarce:
        out.print(f"{it.quota}: needs {it.needed:.1f} of {it.allowed:g}", highlight=False)
    out.print(f"First to be met: {scarce[0].quota}, at {scarce[0].share:.0%}.")
    out.print(f"It will cost about ${must_not_cost_more(plan, than=spend_up_to):.2f}.")


def _clean(shop: Deployed) -> None:
    done = clean_up(shop, RUNS)
    orders = len(done.orders)
    out.print(f"Taken back: {orders} orders, {done.pieces} pieces, {done.visitors} visitors.")
    if done.left:
        raise Trouble(f"{done.left} orders are still on their way: clean again when they are not.")
