"""Divide a sku's stock into drawers, by the shop's own rule.

Runs in a process of its own with the environment of the shop's web function; see `rules.py`.
"""

import sys

from msgspec.json import decode

from app import clock
from app.errors import ShopError
from app.inventory.reservations import now_on_hand
from app.inventory.stock_shards import spread
from app.persistence.audit_log import THE_SHOP


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
