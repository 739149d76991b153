from collections.abc import Callable

import pytest
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from app.catalog.models import Product
from app.errors import Conflict
from app.inventory.models import LedgerEntry, Stock
from app.inventory.reservations import free, hold, mark_warned, on_hand, receive, running_low, sell
from app.persistence.dynamodb import writing_together
from tests.builders import NOON, a_product, a_sku, counters, sku_of, stock_of

pytestmark = pytest.mark.usefixtures("tables")


def together(write: Callable[[TransactWrite], None]) -> None:
    with writing_together() as transaction:
        write(transaction)


def held(product: Product, quantity: int, *, price: int = 2_450) -> None:
    together(lambda it: hold(it, sku_of(product), quantity, price=price))


def test_pieces_move_from_available_to_reserved_to_sold() -> None:
    product = a_product(pieces=5)

    held(product, 3)
    assert counters(product) == (2, 3, 0)

    together(lambda it: sell(it, sku_of(product), 2))
    assert counters(product) == (2, 1, 2)

    together(lambda it: free(it, sku_of(product), 1))
    assert counters(product) == (3, 0, 2)


def test_more_than_there_is_cannot_be_held() -> None:
    product = a_product(pieces=2)

    with pytest.raises(TransactWriteError):
        held(product, 3)

    assert counters(product) == (2, 0, 0)


def test_nothing_is_held_at_another_price() -> None:
    product = a_product(price=2_450)

    with pytest.raises(TransactWriteError):
        held(product, 1, price=2_449)


def test_nothing_is_held_of_what_is_not_on_sale_or_does_not_exist() -> None:
    product = a_product()
    stock_of(product).update(actions=[Stock.on_sale.set(False)])

    with pytest.raises(TransactWriteError):
        held(product, 1)
    with pytest.raises(TransactWriteError):
        together(lambda it: hold(it, a_sku(), 1, price=1))


@pytest.mark.parametrize("move", [free, sell])
def test_what_is_not_held_is_neither_freed_nor_sold(
    move: Callable[[TransactWrite, str, int], None],
) -> None:
    product = a_product()
    held(product, 1)

    with pytest.raises(TransactWriteError):
        together(lambda it: move(it, sku_of(product), 2))

    assert counters(product) == (19, 1, 0)


def test_a_delivery_is_booked_once_however_often_it_is_told() -> None:
    product = a_product(pieces=2)

    receive(sku_of(product), 10, delivery="D-1", now=NOON)
    receive(sku_of(product), 10, delivery="D-1", now=NOON)

    assert counters(product) == (12, 0, 0)
    entries = LedgerEntry.query(sku_of(product))
    assert [(it.entry, it.change) for it in entries] == [
        ("delivery#D-1", 10),
        ("delivery#first", 2),
    ]


def test_a_delivery_of_what_we_do_not_have_is_refused() -> None:
    sku = a_sku()

    with pytest.raises(Conflict):
        receive(sku, 10, delivery="D-1", now=NOON)

    assert not list(LedgerEntry.query(sku))


def test_few_pieces_are_told_of_once_until_more_come() -> None:
    product = a_product(pieces=5)
    sku = sku_of(product)
    assert [row.sku for row in running_low([sku])] == [sku]

    together(lambda it: mark_warned(it, sku))
    assert running_low([sku]) == []

    receive(sku, 1, delivery="D-1", now=NOON)
    assert not stock_of(product).warned


def test_plenty_is_not_low() -> None:
    assert running_low([sku_of(a_product(pieces=6))]) == []


def test_what_we_do_not_have_is_missing() -> None:
    product = a_product()

    assert set(on_hand([sku_of(product), sku_of(product), a_sku()])) == {sku_of(product)}
