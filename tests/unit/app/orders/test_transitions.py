import itertools

import pytest

from app.errors import NotFound
from app.orders.models import FINAL, OrderStatus
from app.orders.transitions import (
    ALLOWED_FROM,
    Move,
    MovedOn,
    claim,
    find_order,
    move,
    moving,
    steady,
)
from tests.builders import NOON, an_order_that_is
from tests.conflicts import conflicts

pytestmark = pytest.mark.usefixtures("tables")

PAIRS = list(itertools.product(OrderStatus, OrderStatus))
ALLOWED = [(a, b) for a, b in PAIRS if a in ALLOWED_FROM.get(b, ())]
FORBIDDEN = [(a, b) for a, b in PAIRS if a != b and a not in ALLOWED_FROM.get(b, ())]


@pytest.mark.parametrize("status", OrderStatus)
def test_every_status_is_reached_by_the_rules_themselves(status: OrderStatus) -> None:
    assert an_order_that_is(status).status == status


@pytest.mark.parametrize(("before", "after"), ALLOWED)
def test_an_allowed_move_is_made(before: OrderStatus, after: OrderStatus) -> None:
    order = an_order_that_is(before)

    with moving() as transaction:
        move(transaction, order, Move(after), now=NOON)

    assert find_order(order.order_id).status == after


def test_no_forbidden_move_is_made() -> None:
    orders = {status: an_order_that_is(status) for status in OrderStatus}

    for before, after in FORBIDDEN:
        with pytest.raises(KeyError if after not in ALLOWED_FROM else ValueError), moving() as it:
            move(it, orders[before], Move(after), now=NOON)
        assert find_order(orders[before].order_id).status == before


def test_nothing_leads_out_of_an_ending() -> None:
    assert not [move for move in ALLOWED if move[0] in FINAL]


def test_of_two_who_move_an_order_at_once_one_is_told_to_look_again() -> None:
    order = an_order_that_is("placed")
    seen_by_another = find_order(order.order_id)
    with moving() as transaction:
        move(transaction, order, Move(OrderStatus.PAYING), now=NOON)

    with pytest.raises(MovedOn), moving() as transaction:
        move(transaction, seen_by_another, Move(OrderStatus.CANCELLED), now=NOON)

    assert find_order(order.order_id).status == "paying"


def test_a_claim_that_met_a_transaction_is_told_to_look_again() -> None:
    order = an_order_that_is("placed")

    with conflicts(1, of="UpdateItem") as refused, pytest.raises(MovedOn):
        claim(order, Move(OrderStatus.PAYING), now=NOON)

    assert len(refused) == 1
    assert find_order(order.order_id).status == "placed"


def test_of_two_who_claim_an_order_one_is_told_to_look_again() -> None:
    order = an_order_that_is("placed")
    seen_by_another = find_order(order.order_id)

    assert claim(order, Move(OrderStatus.PAYING), now=NOON).status == "paying"
    with pytest.raises(MovedOn):
        claim(seen_by_another, Move(OrderStatus.PAYING), now=NOON)


def test_a_rule_that_was_overtaken_begins_again() -> None:
    tries = []

    @steady
    def overtaken_twice() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise MovedOn
        return "done"

    assert overtaken_twice() == "done"


def test_a_rule_that_is_overtaken_for_ever_gives_up() -> None:
    tries = []

    @steady
    def always_overtaken() -> None:
        tries.append(1)
        raise MovedOn

    with pytest.raises(MovedOn):
        always_overtaken()
    assert len(tries) == 4


def test_an_open_order_is_in_the_open_index_and_a_closed_one_is_not() -> None:
    assert an_order_that_is("paid").open_shard
    assert not an_order_that_is("cancelled").open_shard
    assert an_order_that_is("shipped").due_at is None


def test_an_order_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound):
        find_order("01ARZ3NDEKTSV4RRFFQ69G5FAV")
