"""Stock rows, one small and frequently written row per SKU, and the ledger of their changes."""

from datetime import datetime

from pynamodb.attributes import (
    BooleanAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from app.persistence.dynamodb import IntegerAttribute, Table, table_name


class Stock(Table):
    """The stock of one SKU. ``available + reserved + sold == received``, and none is negative.

    Price and ``on_sale`` are stored here so that placing an order can check them in its
    transaction without reading them first. A SKU in high demand has ``extra_shards`` besides this
    row, see `stock_shards.py`. Where shards were summed up, ``shards`` holds their rows.

    ``merchant_changes`` counts deliveries and adjustments, not orders. A stock count is compared
    with it. Only the SKU's own row has it. ``ordered`` is set by the first reservation, and stays.

    ``first_units`` at ``created_at`` are the first entry of the ledger: a row of its own would make
    the transaction that creates a product with fifty variants too large.
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
    first_units = IntegerAttribute(null=True)
    created_at = UTCDateTimeAttribute(null=True)

    shards: "tuple[Stock, ...]" = ()


class MerchantChanges(GlobalSecondaryIndex["LedgerEntry"]):
    """Sparse index: a SKU's deliveries, adjustments and prices in the order of time.

    Their keys are ids of forms, which make a repeat harmless but have no order. Entries of orders
    are not in it: a key that begins with the time needs no second index, which costs a write unit.
    """

    class Meta:
        index_name = "merchant-changes"
        projection = AllProjection()

    sku = UnicodeAttribute(hash_key=True)
    merchant_at = UTCDateTimeAttribute(range_key=True)


class LedgerEntry(Table):
    """Why the stock of a SKU changed. A repeat has the same ``entry`` and overwrites the row.

    ``entry`` is ``TIME#ORDER_ID#REASON``, or for a merchant's change its kind and the form's id.
    ``recorded_at`` is when the worker wrote the entry of an order, which shows how late it was.
    """

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
    recorded_at = UTCDateTimeAttribute(null=True)

    merchant_at = UTCDateTimeAttribute(null=True)  # ``at``, of a merchant's change

    merchant_changes = MerchantChanges()

    @classmethod
    def of_order(cls, sku: str, order_id: str, cause: str, at: datetime) -> "LedgerEntry":
        """The entry of an event, which occurred at this time. ``cause`` begins with the reason."""
        entry = f"{cls.at.serialize(at)}#{order_id}#{cause}"
        return cls(sku, entry, order_id=order_id, reason=cause.partition("#")[0], at=at)

    @classmethod
    def of_merchant(cls, sku: str, form: str, reason: str, at: datetime) -> "LedgerEntry":
        """The entry of a merchant's change. ``form`` is its kind and the id of its form."""
        return cls(sku, form, reason=reason, at=at, merchant_at=at)
