"""Rows of sales figures, one per day and figure, in several shards per month (write sharding)."""

from pynamodb.attributes import UnicodeAttribute

from app.persistence.dynamodb import IntegerAttribute, Table, table_name


class SalesFigure(Table):
    """A quantity and an amount in cents. ``figure`` begins with the day of the month.

    Days are those of the shop's time zone: after a change of that zone, earlier figures keep the
    days of the earlier one.

    The partition key ``month_shard`` is like "2026-05#3": no row is hot, and one Query reads a
    month of one shard.
    """

    class Meta:
        table_name = table_name("sales")

    month_shard = UnicodeAttribute(hash_key=True)
    figure = UnicodeAttribute(range_key=True)
    quantity = IntegerAttribute(default=0)
    cents = IntegerAttribute(default=0)
