"""Divide a sku's stock into drawers, by the shop's own rule.

Runs in a process of its own with the environment of the shop's web function; see `rules.py`.
"""

import sys

from msgspec.json import decode

from app import clock
from app.changes import THE_SHOP
from app.errors import ShopError
from app.inventory.drawers import spread
from app.inventory.stock import now_on_hand


def divide(sku: str, drawers: int) -> None:
    """Raises ``Conflict`` when somebody buys at this very moment."""
    stock = now_on_hand([sku]).get(sku)
    if stock is None:
        raise LookupError(f"There is no sku {sku}.")
    spread(stock.rows, drawers, by=THE_SHOP, now=clock.now())


if __name__ == "__main__":
    try:
        divide(*decode(sys.stdin.buffer.read(), type=tuple[str, int]))
    except (LookupError, ShopError) as refused:
        sys.exit(str(refused))
