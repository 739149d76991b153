"""`shop reshard-stock`: split the stock of a SKU into shards before a rush, or merge them again."""

from typing import Annotated

import typer
from msgspec.json import encode

from app.inventory.stock_shards import MAX_EXTRA_SHARDS
from infra.cli.terminal import StackName, find_stack, out
from infra.ops.app_process import run_app_module

Sku = Annotated[str, typer.Argument(help="SKU for which many customers are expected.")]
Shards = Annotated[
    int,
    typer.Argument(min=0, max=MAX_EXTRA_SHARDS, help="Rows beside the SKU's own; 0 merges them."),
]


def reshard_stock(sku: Sku, shards: Shards = 8, stack: StackName = "") -> None:
    """Split the stock of a SKU into shards, or merge them.

    Purchases of different shards do not collide. One row sells about 120 units per second, 32 rows
    about 1,100. Run this at a moment without purchases of the SKU.
    """
    run_app_module(find_stack(stack), "infra.ops.reshard", encode((sku, shards)))
    out.print(f"The stock of {sku} is in {shards + 1} {'rows' if shards else 'row'}.")
