"""`shop aws load` and `shop aws test`: load-test and test a stack on AWS."""

from typing import Annotated

import boto3
import typer

from infra.aws.stack_states import require_running
from infra.cli.aws_checks import Name
from infra.cli.load import CountsOnly, Headless, MaxUsd, Options
from infra.cli.subprocesses import run_module
from infra.ops.deployed_stack import DeployedStack

FOLDER = "tests/aws"
Down = Annotated[bool, typer.Option("--down", help="Delete the stack at the end.")]


def load(
    options: Options = None,
    *,
    stack: Name = "hearth-and-clay",
    headless: Headless = False,
    counts_only: CountsOnly = False,
    max_usd: MaxUsd = 1,
) -> None:
    """Run a load test of a stack, as `shop load` does of the local shop.

    Prints first what limits the orders per second of this stack, with its own parameters. The only
    option `forecast` prints nothing else.
    """
    flags = {"--headless": headless, "--counts-only": counts_only}
    run_module(
        "tests.load",
        *(options or ()),
        *(flag for flag, enabled in flags.items() if enabled),
        f"--stack={stack}",
        f"--max-usd={max_usd}",
    )


def test(*, stack: Name = "hearth-and-clay", down: Down = False) -> None:
    """Test a stack: orders, images, dead letters, alarms, permissions, cold starts, load, data.

    Takes about 15 minutes and places some orders. Without credentials each test is skipped, and the
    last line counts them.
    """
    flags = ["--down"] if down else []
    pytest = ("-q", "-rs", "-p", "no:cacheprovider", f"--confcutdir={FOLDER}", FOLDER)
    _require_running(stack)
    run_module("pytest", *pytest, f"--stack={stack}", *flags)


def _require_running(stack_name: str) -> None:
    """Raise ``UserError`` unless the tests can read the stack; without credentials they skip."""
    session = boto3.Session()
    if session.region_name and session.get_credentials():
        require_running(DeployedStack.on_aws(stack_name))
