"""Stock rows, one small and frequently written row per SKU, and the ledger of their changes."""

from pynamodb.attributes import (
    BooleanAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from app.persistence.dynamodb import IntegerAttribute, Table, table_name

FIRST_DELIVERY = "delivery#first"  # the ledger entry of the stock that a SKU was created with


class Stock(Table):
    """The stock of one SKU. ``available + reserved + sold == received``, and none is negative.

    Price and ``on_sale`` are stored here so that placing an order can check them in its
    transaction without reading them first. A SKU in high demand has ``extra_shards`` besides this
    row, see `stock_shards.py`. Where shards were summed up, ``shards`` holds their rows.

    ``merchant_changes`` counts deliveries and adjustments, not orders. A stock count is compared
    with it. Only the SKU's own row has it. ``ordered`` is set by the first reservation, and stays.
    """

    class Meta:
        table_name = table_name("stock")

    sku = UnicodeAttribute(hash_key=True)
    price = IntegerAttribute()
    on_sale = BooleanAttribute(default=True)
    available = IntegerAttribute(default=0)
    reserved = IntegerAttribute(default=0)
    sold = IntegerAttribute(default=0)
    received = IntegerAttribute(default=0)
    low_stock_warned = BooleanAttribute(default=False)
    extra_shards = IntegerAttribute(default=0)
    merchant_changes = IntegerAttribute(default=0)
    ordered = BooleanAttribute(null=True)

    shards: "tuple[Stock, ...]" = ()


class LedgerEntriesByTime(GlobalSecondaryIndex["LedgerEntry"]):
    """The ledger entries of a SKU in the order of time."""

    class Meta:
        index_name = "by-time"
        projection = AllProjection()

    sku = UnicodeAttribute(hash_key=True)
    at = UTCDateTimeAttribute(range_key=True)


class LedgerEntry(Table):
    """Why the stock of a SKU changed. A repeat has the same ``entry`` and overwrites the row."""

    class Meta:
        table_name = table_name("stock-ledger")

    sku = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    reason = UnicodeAttribute()
    change = IntegerAttribute()
    order_id = UnicodeAttribute(null=True)
    note = UnicodeAttribute(null=True)
    by = UnicodeAttribute(null=True)
    at = UTCDateTimeAttribute()

    by_time = LedgerEntriesByTime()
