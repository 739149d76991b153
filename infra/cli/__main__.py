"""The entrance of the `shop` command; each sub-command is the module of its name."""

import sys

import typer

from infra.cli.a11y import access
from infra.cli.bench import bench
from infra.cli.chaos import endure
from infra.cli.cost import cost
from infra.cli.deploy import deploy
from infra.cli.dev import dev
from infra.cli.emails import letters
from infra.cli.fuzz import inputs
from infra.cli.inject_fault import fault
from infra.cli.lighthouse import lighthouse
from infra.cli.lint_template import wirecheck
from infra.cli.load import load
from infra.cli.logs import logs
from infra.cli.mutation_test import mutate
from infra.cli.redrive import redrive
from infra.cli.reset import reset
from infra.cli.reshard_stock import drawers
from infra.cli.screenshots import screenshots
from infra.cli.seed import seed
from infra.cli.simulate import replay, simulate
from infra.cli.smoke import check
from infra.cli.terminal import trouble_said
from infra.cli.test import test
from infra.cli.translate import translate
from infra.cli.verify import audit
from infra.user_error import Trouble

app = typer.Typer(
    name="shop",
    help="Hearth & Clay on this machine: open the shop, look into it, test it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (
    dev,
    deploy,
    seed,
    reset,
    test,
    logs,
    letters,
    check,
    wirecheck,
    mutate,
    cost,
    bench,
    translate,
    access,
    lighthouse,
    screenshots,
    audit,
    redrive,
    endure,
    drawers,
    load,
    simulate,
    replay,
    inputs,
):
    app.command()(command)
app.add_typer(fault, name="fault")


def main() -> None:
    try:
        app(prog_name="shop")
    except Trouble as trouble:
        trouble_said(trouble)
        sys.exit(1)


if __name__ == "__main__":
    main()
