from typing import Any

import pytest
from pynamodb.connection import TableConnection

from app.catalog.publishing import unpublish_product
from app.inventory.offers import Offer, read_offers
from app.inventory.reservations import read_stock_consistently
from app.inventory.stock_shards import reshard
from tests.builders import NOON, a_product, a_sku, sku_of

ANNA = "anna@hearth.example"

pytestmark = pytest.mark.usefixtures("tables")


def test_an_offer_has_the_price_and_the_units_for_sale() -> None:
    product = a_product(quantity=10)

    assert read_offers([sku_of(product)]) == {sku_of(product): Offer(product.price, 10)}


def test_an_offer_sums_up_all_shards() -> None:
    product = a_product(quantity=10)
    rows = read_stock_consistently([sku_of(product)])[sku_of(product)].shards
    reshard(rows, 3, by=ANNA, now=NOON)

    assert read_offers([sku_of(product)])[sku_of(product)].available == 10


def test_nothing_is_for_sale_of_an_unpublished_product() -> None:
    product = a_product(quantity=10)
    unpublish_product(product, by=ANNA, now=NOON)

    assert read_offers([sku_of(product)])[sku_of(product)].available == 0


def test_unknown_and_invalid_skus_have_no_offer() -> None:
    product = a_product()

    assert read_offers([]) == {}
    assert set(read_offers([sku_of(product), a_sku(), "", "Ü" * 2_048, "MUG#1"])) == {
        sku_of(product)
    }


def test_keys_that_a_call_did_not_process_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = sorted(sku_of(a_product()) for _ in range(2))
    original = TableConnection.batch_get_item

    def only_one(table: TableConnection, keys: list[Any]) -> dict[str, Any]:
        answer = original(table, keys[:1])
        rest = {"Keys": [{"sku": {"S": key["sku"]}} for key in keys[1:]]}
        return {**answer, "UnprocessedKeys": {table.table_name: rest} if keys[1:] else {}}

    monkeypatch.setattr(TableConnection, "batch_get_item", only_one)

    assert set(read_offers([first, second])) == {first, second}
