"""`shop load` as a process: a load test, the abuse campaign, or deleting what runs created."""

import argparse
import tempfile
from pathlib import Path

from infra.aws.stack_states import require_running
from infra.aws.stages import present_parameters
from infra.cli.subprocesses import exit_with
from infra.cli.terminal import STATE_FOLDER, Progress, find_stack, out
from infra.ops.deployed_stack import DeployedStack
from infra.ops.verify import summarize
from infra.user_error import UserError
from tests.load.abuse.run import report, run_in_own_shop
from tests.load.assertions import evaluate, exit_code
from tests.load.estimated_cost import require_budget
from tests.load.forecast import ceilings
from tests.load.options import parse_options
from tests.load.past_runs import clean_up
from tests.load.plan import Plan
from tests.load.quotas import explain_defaults, quota_uses
from tests.load.report import write_html_report
from tests.load.run import RunSettings, make_plan, run_load
from tests.load.summary import print_summary, write_markdown_report
from tests.load.targets import AWS, LOCAL
from tests.load.template_limits import TemplateLimits, read_limits, read_limits_of

RUNS = STATE_FOLDER / "load"


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.load")
    parser.add_argument(
        "options", nargs="*", help="name=value, or the word clean, abuse or forecast"
    )
    parser.add_argument("--headless", action="store_true")
    parser.add_argument("--counts-only", action="store_true")
    parser.add_argument("--stack", default="")
    parser.add_argument("--max-usd", type=float, default=1)
    arguments = parser.parse_args()
    if arguments.options[:1] == ["abuse"]:
        return _abuse(arguments)
    if arguments.options[:1] == ["forecast"] and not arguments.stack:
        return _forecast(arguments.options[1:])
    shop = find_stack(arguments.stack)
    if shop.cloud is None:
        require_running(shop)
    if arguments.options == ["forecast"]:
        return _print_ceilings(read_limits_of(present_parameters(shop)))
    return _clean(shop) if arguments.options == ["clean"] else _load(shop, arguments)


def _load(shop: DeployedStack, arguments: argparse.Namespace) -> int:
    options = parse_options(arguments.options)
    plan = make_plan(shop, options)
    if shop.cloud is None:
        _print_quotas_and_cost(shop, plan, arguments.max_usd)
    settings = RunSettings.from_options(options, RUNS / plan.run_id, headless=arguments.headless)
    with Progress().display() as progress:
        result = run_load(shop, settings, plan, progress.step)
    assertions = evaluate(result, LOCAL if shop.cloud else AWS)
    print_summary(result, assertions)
    compared = summarize(result.snapshot)
    path = write_html_report(settings.folder, plan, result, assertions, compared)
    out.print(f"Report: {path}", soft_wrap=True)
    if options.report:
        write_markdown_report(options.report, plan, result)
    return exit_code(assertions, counts_only=arguments.counts_only)


def _abuse(arguments: argparse.Namespace) -> int:
    """In a shop of its own, with the limits of a deployed one: a running shop may have others."""
    if arguments.stack or arguments.options[1:] not in ([], ["report"]):
        raise UserError("`shop load abuse` runs on this machine only; its one option is: report.")
    with Progress().display() as progress, tempfile.TemporaryDirectory() as folder:
        run = run_in_own_shop(Path(folder), progress.step)
    return report(run, is_written="report" in arguments.options)


def _forecast(options: list[str]) -> int:
    if options not in (["demo"], ["production"], []):
        raise UserError("`shop load forecast` has one option: demo or production.")
    return _print_ceilings(read_limits(*(options or ["production"])))


def _print_ceilings(limits: TemplateLimits) -> int:
    out.print(f"Orders per second that a stack with Stage={limits.stage} takes, with their visits:")
    for it in ceilings(limits):
        line = f"{it.orders_per_second:7.1f}  {it.what} ({it.source})"
        out.print(line, highlight=False, markup=False, soft_wrap=True)
    return 0


def _print_quotas_and_cost(shop: DeployedStack, plan: Plan, max_usd: float) -> None:
    """Raises ``UserError`` when the estimated cost is above ``max_usd``."""
    _print_ceilings(read_limits_of(present_parameters(shop)))
    uses = quota_uses(shop.client, plan)
    for use in uses:
        out.print(f"{use.quota}: needs {use.needed:.1f} of {use.allowed:g}", highlight=False)
    if defaults := explain_defaults(uses):
        out.print(defaults, markup=False, soft_wrap=True)
    out.print(f"The first quota to be exhausted: {uses[0].quota}, at {uses[0].share:.0%}.")
    out.print(f"Estimated cost: ${require_budget(plan, max_usd=max_usd):.2f}.")


def _clean(shop: DeployedStack) -> int:
    done = clean_up(shop, RUNS)
    orders = len(done.orders)
    out.print(f"Deleted orders: {orders}, units of stock: {done.units}, visitors: {done.visitors}.")
    if done.left:
        raise UserError(f"Orders still open: {done.left}. Run this again once they are final.")
    return 0


if __name__ == "__main__":
    exit_with(main)
