"""The rows of the sales figures: one for each day and figure, in the shards of its month."""

from pynamodb.attributes import UnicodeAttribute

from app.persistence.dynamodb import Table, WholeAttribute, in_shop


class Figure(Table):
    """A tally and a sum in cents; ``bucket`` is month and shard, ``figure`` begins with the day.

    So no row is hot, and one Query reads a whole month of a shard.
    """

    class Meta:
        table_name = in_shop("sales")

    bucket = UnicodeAttribute(hash_key=True)
    figure = UnicodeAttribute(range_key=True)
    tally = WholeAttribute(default=0)
    cents = WholeAttribute(default=0)
