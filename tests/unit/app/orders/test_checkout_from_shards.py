import pytest

from app.cart.pricing import PricedCart
from app.catalog.models import Product
from app.catalog.products import Description, edit_product
from app.errors import Busy
from app.inventory.models import Stock
from app.inventory.reservations import now_on_hand
from app.inventory.stock_shards import spread
from app.orders.checkout import LOOKS, place_order
from app.orders.checkout_errors import PriceChanged, SoldOut
from app.orders.models import Order
from app.orders.transitions import find_order
from tests.builders import NOON, a_cart, a_product, a_request, an_order, sku_of

pytestmark = pytest.mark.usefixtures("tables")


def in_drawers(pieces: int, drawers: int = 3) -> Product:
    product = a_product(pieces=pieces)
    spread(rows_of(product), drawers, by="anna@hearth.example", now=NOON)
    return product


def rows_of(product: Product) -> tuple[Stock, ...]:
    return now_on_hand([sku_of(product)])[sku_of(product)].rows


def placed(cart: PricedCart) -> Order:
    return place_order(a_request(), cart, now=NOON)


def test_an_order_remembers_the_drawers_that_it_took_from() -> None:
    product = in_drawers(4)

    order = find_order(an_order(product, of_each=3).order_id)

    (line,) = order.lines
    assert sum(line.drawers.values()) == 3
    assert {row.sku: row.reserved for row in rows_of(product) if row.reserved} == line.drawers


def test_an_order_of_what_has_one_row_says_nothing_of_drawers() -> None:
    order = find_order(an_order(a_product()).order_id)

    assert order.lines[0].drawers == {}
    assert order.holds == [(order.lines[0].sku, 1)]


def test_whoever_finds_their_drawer_empty_takes_from_another() -> None:
    product = in_drawers(4)
    carts = [a_cart(product) for _ in range(4)]  # each saw one piece in each drawer

    for cart in carts:
        placed(cart)

    assert [row.reserved for row in rows_of(product)] == [1, 1, 1, 1]


def test_when_all_are_empty_it_is_sold_out() -> None:
    product = in_drawers(2)
    late = a_cart(product)
    an_order(product, of_each=2)

    with pytest.raises(SoldOut):
        placed(late)


def test_a_piece_of_one_row_that_is_gone_is_named_beside_one_in_drawers() -> None:
    hot, plain = in_drawers(4), a_product(pieces=1, title="Lone jug")
    cart = a_cart(hot, plain)
    an_order(plain)

    with pytest.raises(SoldOut, match="Lone jug"):
        placed(cart)
    assert sum(row.reserved for row in rows_of(hot)) == 0


def test_nobody_pays_another_price_than_they_saw() -> None:
    product = in_drawers(4)
    cart = a_cart(product)
    dearer = Description(**{**vars(Description.of(product)), "price": 9_900})
    edit_product(product, dearer, seen=0, by="anna@hearth.example", now=NOON)

    with pytest.raises(PriceChanged):
        placed(cart)
    assert sum(row.reserved for row in rows_of(product)) == 0


def test_in_a_crowd_that_is_always_faster_it_is_later_please(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    product = in_drawers(4)
    stale, looked = a_cart(product), list[PricedCart]()
    an_order(product, of_each=4)

    def still_stale(cart: PricedCart) -> PricedCart:
        looked.append(cart)
        return stale

    monkeypatch.setattr("app.orders.checkout.look_again", still_stale)

    with pytest.raises(Busy):
        placed(stale)
    assert len(looked) == LOOKS
