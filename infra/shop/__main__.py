"""The entrance of the `shop` command; each sub-command is the module of its name."""

import sys

import typer

from infra.shop.access import access
from infra.shop.audit import audit
from infra.shop.bench import bench
from infra.shop.check import check
from infra.shop.cost import cost
from infra.shop.deploy import deploy
from infra.shop.dev import dev
from infra.shop.drawers import drawers
from infra.shop.endure import endure
from infra.shop.fault import fault
from infra.shop.inputs import inputs
from infra.shop.letters import letters
from infra.shop.lighthouse import lighthouse
from infra.shop.load import load
from infra.shop.logs import logs
from infra.shop.mutate import mutate
from infra.shop.redrive import redrive
from infra.shop.reset import reset
from infra.shop.screenshots import screenshots
from infra.shop.seed import seed
from infra.shop.simulate import replay, simulate
from infra.shop.terminal import trouble_said
from infra.shop.test import test
from infra.shop.translate import translate
from infra.shop.wirecheck import wirecheck
from infra.trouble import Trouble

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
