"""Lists of orders without the orders of other tests."""

import pytest

from app.orders.models import DISPUTED, Order, shards


@pytest.fixture
def empty_board(tables: None) -> None:
    """Delete the open orders of other tests: the lists and pages show only the first of them."""
    for shard in (*shards("open"), DISPUTED):
        for order in Order.open.query(shard):
            order.delete()
