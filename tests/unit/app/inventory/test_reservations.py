from collections.abc import Callable

import pytest
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from app.catalog.models import Product
from app.catalog.publishing import unpublish_product
from app.errors import Conflict
from app.inventory.models import LedgerEntry, Stock
from app.inventory.reservations import (
    commit,
    find_low_stock,
    mark_low_stock_warned,
    read_stock,
    receive,
    release,
    reserve,
    scan_availability,
)
from app.inventory.stock_shards import reshard
from app.persistence.dynamodb import retrying_transaction
from tests.builders import (
    NOON,
    a_product,
    a_sku,
    audit_log_entries,
    counters,
    sku_of,
    stock_of,
)

pytestmark = pytest.mark.usefixtures("tables")


def in_transaction(write: Callable[[TransactWrite], None]) -> None:
    with retrying_transaction() as transaction:
        write(transaction)


def reserve_units(product: Product, quantity: int, *, price: int = 2_450) -> None:
    in_transaction(lambda it: reserve(it, sku_of(product), quantity, expected_price=price))


def test_units_go_from_available_to_reserved_to_sold() -> None:
    product = a_product(quantity=5)

    reserve_units(product, 3)
    assert counters(product) == (2, 3, 0)

    in_transaction(lambda it: commit(it, sku_of(product), 2))
    assert counters(product) == (2, 1, 2)

    in_transaction(lambda it: release(it, sku_of(product), 1))
    assert counters(product) == (3, 0, 2)


def test_reservation_cannot_exceed_the_available_stock() -> None:
    product = a_product(quantity=2)

    with pytest.raises(TransactWriteError):
        reserve_units(product, 3)

    assert counters(product) == (2, 0, 0)


def test_reservation_fails_if_the_price_changed() -> None:
    product = a_product(price=2_450)

    with pytest.raises(TransactWriteError):
        reserve_units(product, 1, price=2_449)


def test_reservation_fails_for_a_sku_that_is_not_on_sale_or_unknown() -> None:
    product = a_product()
    stock_of(product).update(actions=[Stock.on_sale.set(False)])

    with pytest.raises(TransactWriteError):
        reserve_units(product, 1)
    with pytest.raises(TransactWriteError):
        in_transaction(lambda it: reserve(it, a_sku(), 1, expected_price=1))


@pytest.mark.parametrize("operation", [release, commit])
def test_release_and_commit_fail_for_units_that_are_not_reserved(
    operation: Callable[[TransactWrite, str, int], None],
) -> None:
    product = a_product()
    reserve_units(product, 1)

    with pytest.raises(TransactWriteError):
        in_transaction(lambda it: operation(it, sku_of(product), 2))

    assert counters(product) == (19, 1, 0)


def test_duplicate_delivery_is_received_once() -> None:
    product = a_product(quantity=2)

    receive(sku_of(product), 10, delivery="D-1", now=NOON)
    receive(sku_of(product), 10, delivery="D-1", now=NOON)

    assert counters(product) == (12, 0, 0)
    entries = LedgerEntry.query(sku_of(product))
    assert [(it.entry, it.change) for it in entries] == [("delivery#D-1", 10)]


def test_received_units_are_in_the_audit_log_once() -> None:
    product = a_product(quantity=0)

    for _ in range(2):
        receive(sku_of(product), 10, delivery="D-1", now=NOON, by="anna@hearth.example")

    (entry,) = audit_log_entries(f"/admin/stock/{sku_of(product)}")
    assert entry.summary == f"Received 10 of {sku_of(product)}"


def test_delivery_of_an_unknown_sku_is_rejected() -> None:
    sku = a_sku()

    with pytest.raises(Conflict):
        receive(sku, 10, delivery="D-1", now=NOON)

    assert not list(LedgerEntry.query(sku))


def test_low_stock_is_reported_once_until_restocked() -> None:
    product = a_product(quantity=5)
    sku = sku_of(product)
    assert [row.sku for row in find_low_stock([sku])] == [sku]

    in_transaction(lambda it: mark_low_stock_warned(it, sku))
    assert find_low_stock([sku]) == []

    receive(sku, 1, delivery="D-1", now=NOON)
    assert not stock_of(product).low_stock_warned


def test_six_units_are_not_low_stock() -> None:
    assert find_low_stock([sku_of(a_product(quantity=6))]) == []


def test_unknown_sku_is_missing_in_the_result() -> None:
    product = a_product()

    assert set(read_stock([sku_of(product), sku_of(product), a_sku()])) == {sku_of(product)}


@pytest.mark.usefixtures("tables")
def test_availability_of_every_sku_is_scanned_with_its_shards() -> None:
    product, draft = a_product(quantity=30), a_product()
    reshard([Stock.get(sku_of(product))], 3, by="ada@potter.example", now=NOON)
    unpublish_product(draft, by="ada@potter.example", now=NOON)

    units = scan_availability()

    assert (units[sku_of(product)], units[sku_of(draft)]) == (30, 0)
    assert not [key for key in units if "#" in key]
