import itertools

import pytest

from app.orders.fulfilment import ALLOWED_FROM, Move, find_order, move, moving
from app.orders.models import OrderStatus
from tests.builders import NOON, an_order_that_is

pytestmark = pytest.mark.usefixtures("tables")

ALL = list(itertools.product(OrderStatus, OrderStatus))
ALLOWED = [(a, b) for a, b in ALL if a in ALLOWED_FROM.get(b, ())]
FORBIDDEN = [(a, b) for a, b in ALL if a != b and a not in ALLOWED_FROM.get(b, ())]


@pytest.mark.parametrize("status", OrderStatus)
def test_every_status_is_reached_by_the_rules_themselves(status: OrderStatus) -> None:
    assert an_order_that_is(status).status == status


@pytest.mark.parametrize(("before", "after"), ALLOWED)
def test_an_allowed_move_is_made(before: OrderStatus, after: OrderStatus) -> None:
    order = an_order_that_is(before)

    with moving() as transaction:
        move(transaction, order, Move(after), now=NOON)

    assert find_order(order.order_id).status == after
