"""`shop drawers`: divide a sku's stock before a rush, and gather it again afterwards."""

from typing import Annotated

import typer
from msgspec.json import encode

from app.inventory.stock_shards import MOST_DRAWERS
from infra.cli.terminal import out
from infra.cli.verify import StackName, shop_called
from infra.ops.stack_rules import call_rules

Sku = Annotated[str, typer.Argument(help="The sku that a crowd is expected for.")]
More = Annotated[
    int, typer.Argument(min=0, max=MOST_DRAWERS, help="Rows beside its own; 0 gathers it again.")
]


def drawers(sku: Sku, more: More = 8, stack: StackName = "") -> None:
    """Divide what is there of a sku into several rows, so that a crowd buys side by side.

    One row sells some 130 pieces a second. Do it before the rush: nobody may buy meanwhile.
    """
    call_rules(shop_called(stack), "infra.ops.reshard", encode((sku, more)))
    out.print(f"{sku} lies in {more + 1} drawers." if more else f"{sku} is gathered in one row.")
