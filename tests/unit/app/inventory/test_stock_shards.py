from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynamodb.exceptions import TransactWriteError

from app.catalog.models import Product
from app.catalog.product_fields import ProductFields
from app.catalog.products import update_product
from app.catalog.publishing import unpublish_product
from app.errors import Conflict
from app.inventory.adjustments import Adjustment, adjust, list_ledger_entries
from app.inventory.models import Stock
from app.inventory.reservations import (
    read_stock,
    read_stock_consistently,
    receive,
    update_all_shards,
)
from app.inventory.stock_shards import MAX_EXTRA_SHARDS, allocate, reshard, split
from app.persistence.dynamodb import retrying_transaction
from tests.builders import (
    NOON,
    a_product,
    an_order_in_status,
    audit_log_entries,
    sku_of,
    stock_of,
)
from tests.crash_injection import interleave

ANNA = "anna@hearth.example"


def rows_with(quantities: list[int]) -> list[Stock]:
    return [Stock(f"MUG#{n}", price=2_450, available=count) for n, count in enumerate(quantities)]


def shard_counters(product: Product) -> list[tuple[int, int, int]]:
    rows = read_stock_consistently([sku_of(product)])[sku_of(product)].shards
    assert all(row.available + row.reserved + row.sold == row.received for row in rows)
    return [(row.available, row.reserved, row.sold) for row in rows]


def shard_stock(product: Product, extra_shards: int = 3) -> None:
    rows = read_stock_consistently([sku_of(product)])[sku_of(product)].shards
    reshard(rows, extra_shards, by=ANNA, now=NOON)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=17), st.integers(1, 10))
def test_allocation_takes_any_available_quantity_from_the_shards(
    available: list[int], quantity: int
) -> None:
    rows = rows_with(available)

    if quantity > sum(available):
        with pytest.raises(Conflict):
            allocate(rows, quantity)
        return
    allocation = allocate(rows, quantity)

    assert sum(allocation.values()) == quantity
    assert all(
        0 < units <= available[int(key.partition("#")[2])] for key, units in allocation.items()
    )
    if max(available) >= quantity:
        assert len(allocation) == 1


@given(st.integers(0, 200), st.integers(1, MAX_EXTRA_SHARDS + 1))
def test_split_divides_the_whole_quantity_evenly(quantity: int, shards: int) -> None:
    shares = split([row.sku for row in rows_with([0] * shards)], quantity)

    assert sum(shares.values()) == quantity
    assert not shares or max(shares.values()) - quantity // shards <= 1


@pytest.mark.usefixtures("tables")
class TestShardedStock:
    def test_reshard_divides_the_stock_and_reads_sum_it_up(self) -> None:
        product = a_product(quantity=10)

        shard_stock(product)

        assert shard_counters(product) == [(3, 0, 0), (3, 0, 0), (2, 0, 0), (2, 0, 0)]
        total = read_stock([sku_of(product)])[sku_of(product)]
        assert (total.available, total.received, total.price) == (10, 10, product.price)
        assert read_stock([f"{sku_of(product)}#1"]) == {}  # a shard key is not a SKU
        assert "4 shards" in audit_log_entries(f"/admin/stock/{sku_of(product)}")[0].summary

    @pytest.mark.parametrize(
        ("ending", "counters"),
        [("placed", (8, 2, 0)), ("shipped", (8, 0, 2)), ("cancelled", (10, 0, 0))],
    )
    def test_units_return_to_the_shard_they_were_allocated_from(
        self, ending: str, counters: tuple[int, int, int]
    ) -> None:
        product = a_product(quantity=10)
        shard_stock(product)
        for _ in range(2):
            an_order_in_status(ending, product)

        shards = shard_counters(product)

        assert tuple(map(sum, zip(*shards, strict=True))) == counters
        if ending == "cancelled":
            assert shards == [(3, 0, 0), (3, 0, 0), (2, 0, 0), (2, 0, 0)]

    def test_reserved_units_of_merged_shards_can_still_ship(self) -> None:
        product = a_product(quantity=8)
        shard_stock(product)
        orders = [an_order_in_status("paid", product) for _ in range(3)]

        shard_stock(product, extra_shards=0)

        assert shard_counters(product)[0][0] == 5
        assert sum(reserved for _, reserved, _ in shard_counters(product)) == len(orders)
        an_order_in_status("shipped", product)
        assert Counter(shard_counters(product))[(0, 0, 0)] <= 3

    def test_reshard_fails_if_the_stock_changed_since_it_was_read(self) -> None:
        product = a_product(quantity=4)
        as_read = read_stock_consistently([sku_of(product)])[sku_of(product)].shards
        an_order_in_status("placed", product)

        with pytest.raises(Conflict):
            reshard(as_read, 3, by=ANNA, now=NOON)

        assert shard_counters(product) == [(3, 1, 0)]

    @pytest.mark.parametrize("change", ["price", "unpublish"])
    def test_price_and_on_sale_change_in_all_shards(self, change: str) -> None:
        product = a_product(quantity=4)
        shard_stock(product)

        CHANGES[change](product)

        rows = read_stock_consistently([sku_of(product)])[sku_of(product)].shards
        assert len({(row.price, row.on_sale) for row in rows}) == 1
        assert (rows[-1].price, rows[-1].on_sale) != (product.price, True)

    def test_adjustments_and_deliveries_are_spread_over_the_shards(self) -> None:
        product = a_product(quantity=4)
        shard_stock(product)

        adjust(Adjustment("01", sku_of(product), "broken", -3), by=ANNA, now=NOON)
        assert sum(available for available, *_ in shard_counters(product)) == 1
        receive(sku_of(product), 7, delivery="second", now=NOON)

        assert sum(available for available, *_ in shard_counters(product)) == 8
        entries = list_ledger_entries(stock_of(product))
        assert sum(entry.change for entry in entries) == 8
        with pytest.raises(Conflict):
            adjust(Adjustment("02", sku_of(product), "broken", -9), by=ANNA, now=NOON)


def _change_price(product: Product) -> None:
    fields = ProductFields.from_product(product)
    cheaper = type(fields)(**{**vars(fields), "price": 1_990, "compare_at": None})
    update_product(product, cheaper, expected_version=0, by=ANNA, now=NOON)


CHANGES: dict[str, Callable[[Product], None]] = {
    "price": _change_price,
    "unpublish": lambda product: unpublish_product(product, by=ANNA, now=NOON),
}


@pytest.mark.usefixtures("tables")
def test_price_of_stock_that_was_never_sharded_can_be_changed() -> None:
    product = a_product()
    stock_of(product).update(actions=[Stock.extra_shards.remove()])

    with retrying_transaction() as transaction:
        update_all_shards(transaction, [sku_of(product)], [Stock.price.set(990)])

    assert stock_of(product).price == 990


@pytest.mark.usefixtures("tables")
def test_price_of_stock_that_is_sharded_meanwhile_is_not_changed() -> None:
    product = a_product()

    def change_price() -> None:
        with retrying_transaction() as transaction:
            update_all_shards(transaction, [sku_of(product)], [Stock.price.set(990)])

    with (
        interleave(lambda: shard_stock(product), before="TransactWriteItems"),
        pytest.raises(TransactWriteError),
    ):
        change_price()

    assert stock_of(product).price == product.price
