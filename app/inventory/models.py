"""The rows of stock: one small hot row per sku, and the ledger beside it."""

from pynamodb.attributes import (
    BooleanAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from app.persistence.dynamodb import Table, WholeAttribute, in_shop


class Stock(Table):
    """One sku. ``available + reserved + sold = received``, always; nothing is ever negative.

    Price and ``on_sale`` live here so that placing an order can make them conditions and need
    not read them first. A sku that crowds want has more ``drawers``, see ``drawers.py``; ``rows``
    are all of them where they were added up.
    """

    class Meta:
        table_name = in_shop("stock")

    sku = UnicodeAttribute(hash_key=True)
    price = WholeAttribute()
    on_sale = BooleanAttribute(default=True)
    available = WholeAttribute(default=0)
    reserved = WholeAttribute(default=0)
    sold = WholeAttribute(default=0)
    received = WholeAttribute(default=0)
    warned = BooleanAttribute(default=False)
    drawers = WholeAttribute(default=0)

    rows: "tuple[Stock, ...]" = ()


class ByTime(GlobalSecondaryIndex["LedgerEntry"]):
    """A sku's entries as they came, whatever they were about."""

    class Meta:
        index_name = "by-time"
        projection = AllProjection()

    sku = UnicodeAttribute(hash_key=True)
    at = UTCDateTimeAttribute(range_key=True)


class LedgerEntry(Table):
    """Why a sku's stock changed. ``entry`` makes a repeat land on the same row."""

    class Meta:
        table_name = in_shop("stock-ledger")

    sku = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    reason = UnicodeAttribute()
    change = WholeAttribute()
    order_id = UnicodeAttribute(null=True)
    note = UnicodeAttribute(null=True)
    by = UnicodeAttribute(null=True)
    at = UTCDateTimeAttribute()

    by_time = ByTime()
