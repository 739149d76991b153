import pytest

from app.cart.pricing import PricedCart
from app.catalog.models import Product
from app.catalog.product_fields import ProductFields
from app.catalog.products import update_product
from app.errors import Unavailable
from app.inventory.models import Stock
from app.inventory.reservations import read_stock_consistently
from app.inventory.stock_shards import reshard
from app.orders.checkout import MAX_ATTEMPTS, place_order
from app.orders.checkout_errors import PriceChanged, SoldOut
from app.orders.models import Order
from app.orders.transitions import find_order
from tests.builders import NOON, a_cart, a_product, a_request, an_order, sku_of
from tests.crash_injection import interleave

pytestmark = pytest.mark.usefixtures("tables")


def a_sharded_product(quantity: int, extra_shards: int = 3) -> Product:
    product = a_product(quantity=quantity)
    reshard(rows_of(product), extra_shards, by="anna@hearth.example", now=NOON)
    return product


def rows_of(product: Product) -> tuple[Stock, ...]:
    return read_stock_consistently([sku_of(product)])[sku_of(product)].shards


def placed(cart: PricedCart) -> Order:
    return place_order(a_request(), cart, now=NOON)


def test_order_records_the_stock_shards_it_reserved_from() -> None:
    product = a_sharded_product(4)

    order = find_order(an_order(product, of_each=3).order_id)

    (line,) = order.lines
    assert sum(line.stock_shards.values()) == 3
    assert {row.sku: row.reserved for row in rows_of(product) if row.reserved} == line.stock_shards


def test_order_of_an_unsharded_product_records_no_shards() -> None:
    order = find_order(an_order(a_product()).order_id)

    assert order.lines[0].stock_shards == {}
    assert order.reservations == [(order.lines[0].sku, 1)]


def test_checkout_uses_another_shard_when_one_is_empty() -> None:
    product = a_sharded_product(4)
    carts = [a_cart(product) for _ in range(4)]  # each read one unit in every shard

    for cart in carts:
        placed(cart)

    assert [row.reserved for row in rows_of(product)] == [1, 1, 1, 1]


def test_checkout_is_sold_out_when_all_shards_are_empty() -> None:
    product = a_sharded_product(2)
    late = a_cart(product)
    an_order(product, of_each=2)

    with pytest.raises(SoldOut):
        placed(late)


def test_repeat_that_looks_for_another_shard_finds_the_order_of_its_first_submit() -> None:
    """The first submit bought the last unit while the second one was looking for it."""
    product, request = a_sharded_product(1), a_request()
    stocked = next(row for row in rows_of(product) if row.available)
    empty = next(row for row in rows_of(product) if not row.available)
    second = a_cart(product)
    for row, units in ((stocked, -1), (empty, 1)):
        Stock(row.sku).update(actions=[Stock.available.add(units), Stock.received.add(units)])

    with interleave(
        lambda: place_order(request, a_cart(product), now=NOON), before="BatchGetItem stock"
    ):
        repeated = place_order(request, second, now=NOON)

    assert repeated.order_id == request.order_id
    assert sum(row.reserved for row in rows_of(product)) == 1


def test_sold_out_unsharded_product_is_named_beside_a_sharded_one() -> None:
    hot, plain = a_sharded_product(4), a_product(quantity=1, title="Lone jug")
    cart = a_cart(hot, plain)
    an_order(plain)

    with pytest.raises(SoldOut, match="Lone jug"):
        placed(cart)
    assert sum(row.reserved for row in rows_of(hot)) == 0


def test_price_change_of_a_sharded_product_is_rejected() -> None:
    product = a_sharded_product(4)
    cart = a_cart(product)
    dearer = ProductFields(**{**vars(ProductFields.from_product(product)), "price": 9_900})
    update_product(product, dearer, expected_version=0, by="anna@hearth.example", now=NOON)

    with pytest.raises(PriceChanged):
        placed(cart)
    assert sum(row.reserved for row in rows_of(product)) == 0


def test_checkout_is_unavailable_after_max_attempts_on_busy_shards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    product = a_sharded_product(4)
    stale, reloaded = a_cart(product), list[PricedCart]()
    an_order(product, of_each=4)

    def still_stale(cart: PricedCart) -> PricedCart:
        reloaded.append(cart)
        return stale

    monkeypatch.setattr("app.orders.checkout.reload_stock", still_stale)

    with pytest.raises(Unavailable):
        placed(stale)
    assert len(reloaded) == MAX_ATTEMPTS
