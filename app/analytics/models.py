"""The rows of the sales figures: one per day, shard and figure."""

from pynamodb.attributes import UnicodeAttribute

from app.tables import Table, WholeAttribute, in_shop


class Figure(Table):
    """A tally and a sum in cents; ``bucket`` is day and shard, so that no row is hot."""

    class Meta:
        table_name = in_shop("sales")

    bucket = UnicodeAttribute(hash_key=True)
    figure = UnicodeAttribute(range_key=True)
    tally = WholeAttribute(default=0)
    cents = WholeAttribute(default=0)
