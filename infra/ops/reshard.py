"""Split the stock of a SKU into shards, or merge them, with the application's own function.

Write sharding: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-sharding.html

Runs as a process of its own with the environment of the web function; see ``app_process.py``.
"""

import sys

from msgspec.json import decode

from app import clock
from app.errors import ShopError
from app.inventory.reservations import read_stock_consistently
from app.inventory.stock_shards import reshard
from app.persistence.audit_log import SYSTEM_ACTOR


def reshard_stock(sku: str, shards: int) -> None:
    """Spread the stock over ``shards`` rows in addition to the SKU's own; 0 merges all into one.

    Raises ``LookupError`` for an unknown SKU, and ``Conflict`` if the stock changes meanwhile.
    """
    stock = read_stock_consistently([sku]).get(sku)
    if stock is None:
        raise LookupError(f"There is no SKU {sku}.")
    reshard(stock.shards, shards, by=SYSTEM_ACTOR, now=clock.now())


if __name__ == "__main__":
    try:
        reshard_stock(*decode(sys.stdin.buffer.read(), type=tuple[str, int]))
    except (LookupError, ShopError) as error:
        sys.exit(str(error))
