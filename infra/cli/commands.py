"""The sub-commands of `shop`; each is the module of its name."""

import os

import typer

from infra.aws.errors import AWS_ERRORS, require_valid_endpoint
from infra.cli.a11y import a11y
from infra.cli.aws import aws
from infra.cli.bench import bench
from infra.cli.chaos import chaos
from infra.cli.cost import cost
from infra.cli.debug import debug
from infra.cli.deploy import deploy
from infra.cli.dev import dev
from infra.cli.emails import emails
from infra.cli.env import env
from infra.cli.fuzz import fuzz
from infra.cli.inject_fault import inject_fault
from infra.cli.lighthouse import lighthouse
from infra.cli.lint_template import lint_template
from infra.cli.load import load
from infra.cli.logs import logs
from infra.cli.mutation_test import mutation_test
from infra.cli.open import open_pages
from infra.cli.redrive import redrive
from infra.cli.reset import reset
from infra.cli.reshard_stock import reshard_stock
from infra.cli.restart import restart
from infra.cli.sandbox_payment import sandbox_payment
from infra.cli.scale import scale
from infra.cli.screenshots import screenshots
from infra.cli.seed import seed
from infra.cli.simulate import replay, simulate
from infra.cli.smoke import smoke
from infra.cli.subprocesses import ProcessEnded, exit_with_error
from infra.cli.terminal import print_interrupted
from infra.cli.test import test
from infra.cli.trace import trace
from infra.cli.translate import translate
from infra.cli.verify import verify
from infra.user_error import INTERRUPTED, UserError

DEVELOP = (dev, open_pages, env, debug, deploy, seed, reset, emails, screenshots, translate)
OPERATE = (logs, trace, verify, redrive, restart, reshard_stock, sandbox_payment)
MEASURE = (
    *(test, smoke, lint_template, mutation_test, a11y, lighthouse, fuzz),
    *(load, chaos, simulate, replay, bench, cost, scale),
)

app = typer.Typer(
    name="shop",
    help="Develop, operate and test the Hearth & Clay shop.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",  # joins the lines of a docstring's paragraph
    pretty_exceptions_enable=False,
)
for panel, commands in {
    "Develop": DEVELOP,
    "Operate": OPERATE,
    "Test and measure": MEASURE,
}.items():
    for command in commands:
        name = "open" if command is open_pages else None  # `open` is a function of Python
        app.command(name, rich_help_panel=panel)(command)
app.add_typer(aws, name="aws", rich_help_panel="Operate")
app.add_typer(inject_fault, name="inject-fault", rich_help_panel="Test and measure")


def main() -> None:
    if region := os.environ.get("AWS_REGION"):  # botocore reads the older name only
        os.environ["AWS_DEFAULT_REGION"] = region
    try:
        require_valid_endpoint(os.environ)
        app(prog_name="shop")
    except (UserError, *AWS_ERRORS) as error:
        exit_with_error(error)
    except ProcessEnded:
        raise
    except SystemExit as ended:
        if ended.code == INTERRUPTED:  # Typer turns Ctrl-C into this code, without a word
            print_interrupted()
        raise
