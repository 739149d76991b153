import pytest

from app.cart.cart import Cart, CartLine
from app.cart.pricing import PricedCart, price_cart
from app.catalog.models import Product
from app.inventory.models import Stock
from app.shipping.rates import FREE_FROM, SHIPPING
from tests.builders import NOON, a_product, a_sku, sku_of, stock_of

pytestmark = pytest.mark.usefixtures("tables")


def priced(product: Product, quantity: int = 1, *, price_in_cart: int = 2_450) -> PricedCart:
    return price_cart(Cart((CartLine(sku_of(product), quantity, price_in_cart),)), NOON)


def change_stock(product: Product, **changes: object) -> None:
    row = stock_of(product)
    row.update(actions=[getattr(Stock, name).set(value) for name, value in changes.items()])


def test_empty_cart_costs_nothing() -> None:
    cart = price_cart(Cart(), NOON)

    assert (cart.total, cart.can_be_ordered) == (0, False)


def test_total_is_lines_plus_shipping_including_vat() -> None:
    cart = priced(a_product(price=2_450), 2)

    assert (cart.subtotal, cart.shipping, cart.total) == (4_900, SHIPPING, 5_490)
    assert cart.vat == 877
    assert cart.missing_for_free_shipping == FREE_FROM - 4_900


def test_shipping_is_free_from_120_euros() -> None:
    below_limit = priced(a_product(price=FREE_FROM - 1), price_in_cart=FREE_FROM - 1)
    at_limit = priced(a_product(price=FREE_FROM), price_in_cart=FREE_FROM)

    assert below_limit.shipping == SHIPPING
    assert (at_limit.shipping, at_limit.missing_for_free_shipping) == (0, 0)


def test_unchanged_line_has_no_notice() -> None:
    cart = priced(a_product())

    assert cart.lines[0].notice == ""
    assert cart.can_be_ordered


@pytest.mark.parametrize(("now", "word"), [(2_600, "up"), (2_300, "down")])
def test_changed_price_is_shown_and_used(now: int, word: str) -> None:
    product = a_product()
    change_stock(product, price=now)

    cart = priced(product)

    assert f"gone {word}" in cart.lines[0].notice
    assert cart.subtotal == now


def test_notice_shows_the_remaining_quantity() -> None:
    cart = priced(a_product(quantity=2), 3)

    assert cart.lines[0].notice == "Only 2 left. Change the quantity."
    assert not cart.can_be_ordered


def test_notice_shows_that_a_product_is_sold_out() -> None:
    assert "sold out" in priced(a_product(quantity=0)).lines[0].notice


def test_unpublished_product_counts_as_sold_out() -> None:
    product = a_product()
    change_stock(product, on_sale=False)

    assert "sold out" in priced(product).lines[0].notice


def test_unknown_sku_counts_as_sold_out_at_the_price_in_the_cart() -> None:
    cart = price_cart(Cart((CartLine(a_sku(), 1, 777),)), NOON)

    assert cart.subtotal == 777
    assert not cart.can_be_ordered
