"""Refunds add up: whatever is returned in whatever parts, the sum is what the customer paid."""

from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.orders.models import OrderLine
from app.orders.return_rows import Return, ReturnLine, ReturnStatus, return_key
from app.returns.amounts import allocate_restock, max_refund, returnable_units, units_cost

LINES = st.lists(
    st.builds(
        lambda number, quantity, price, untaxed: OrderLine(
            f"SKU-{number}", "Pot", "", quantity, price, untaxed=min(untaxed, price * quantity)
        ),
        st.integers(1, 3),
        st.integers(1, 10),
        st.integers(1, 50_000),
        st.integers(0, 9_999),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda line: line.sku,
)


def an_order(lines: list[OrderLine], shipping: int = 590) -> Any:
    total = sum(line.total for line in lines) + shipping
    return SimpleNamespace(lines=tuple(lines), shipping=shipping, total=total, refunded=0)


def a_refunded_return(number: int, *lines: ReturnLine) -> Return:
    return Return("an order", return_key(number), status=ReturnStatus.REFUNDED, lines=lines)


@given(LINES, st.integers(0, 2_490), st.integers())
def test_refunds_of_any_sequence_of_returns_add_up_to_the_total(
    lines: list[OrderLine], shipping: int, seed: int
) -> None:
    random = Random(seed)
    order, returns = an_order(lines, shipping), list[Return]()

    while any((left := returnable_units(order, returns)).values()):
        units = {sku: random.randint(0, count) for sku, count in left.items()}
        order.refunded += max_refund(order, returns, units)
        rows = (ReturnLine(sku, count, count) for sku, count in units.items())
        returns.append(a_refunded_return(len(returns) + 1, *rows))

    assert order.refunded == order.total


@given(LINES, st.data())
def test_units_of_a_line_differ_by_at_most_a_cent(
    lines: list[OrderLine], data: st.DataObject
) -> None:
    line = data.draw(st.sampled_from(lines))

    costs = [units_cost(line, after=unit, count=1) for unit in range(line.quantity)]

    assert sum(costs) == line.total
    assert max(costs) - min(costs) <= 1


def test_shipping_is_refunded_only_with_the_last_unit() -> None:
    order = an_order([OrderLine("POT", "Pot", "", 2, 2_450)])

    assert max_refund(order, [], {"POT": 1}) == 2_450
    assert max_refund(order, [], {"POT": 2}) == 5_490
    first = a_refunded_return(1, ReturnLine("POT", 1, 1))
    assert max_refund(order, [first], {"POT": 1}) == 3_040


def test_no_more_than_the_rest_of_the_payment_is_refunded() -> None:
    order = an_order([OrderLine("POT", "Pot", "", 1, 2_450)])
    order.refunded = 3_000  # in the provider's dashboard

    assert max_refund(order, [], {"POT": 1}) == 40


def test_refused_return_counts_for_nothing() -> None:
    order = an_order([OrderLine("POT", "Pot", "", 2, 2_450)])
    refused = a_refunded_return(1, ReturnLine("POT", 2))
    refused.status = ReturnStatus.REFUSED

    assert returnable_units(order, [refused]) == {"POT": 2}


def test_units_that_the_customer_kept_can_be_returned_later() -> None:
    order = an_order([OrderLine("POT", "Pot", "", 3, 2_450)])

    assert returnable_units(order, [a_refunded_return(1, ReturnLine("POT", 3, 1))]) == {"POT": 2}


@pytest.mark.parametrize(
    ("earlier", "quantity", "expected"),
    [
        ({}, 2, {"POT": 2}),
        ({}, 3, {"POT": 2, "POT#1": 1}),
        ({"POT": 2}, 1, {"POT#1": 1}),
        ({"POT": 1}, 2, {"POT": 1, "POT#1": 1}),
        ({}, 0, {}),
    ],
)
def test_restocked_units_go_to_the_stock_shards_that_they_were_sold_from(
    earlier: dict[str, int], quantity: int, expected: dict[str, int]
) -> None:
    line = OrderLine("POT", "Pot", "", 3, 2_450, stock_shards={"POT": 2, "POT#1": 1})
    units = sum(earlier.values())
    before = a_refunded_return(1, ReturnLine("POT", units, units, earlier))

    assert allocate_restock(line, [before], quantity) == expected
