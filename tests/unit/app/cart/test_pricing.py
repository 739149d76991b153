from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cart.cart import Cart, CartLine
from app.cart.pricing import PricedCart, PricedLine, price_cart
from app.catalog.catalog_cache import cached_catalog
from app.catalog.models import Product
from app.inventory.models import Stock
from app.shipping.rates import EUROPE, GERMANY
from app.vat import STANDARD_RATES, vat_included
from tests.builders import NOON, a_product, a_sku, sku_of, stock_of
from tests.crash_injection import recorded_calls

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

    assert (cart.subtotal, cart.shipping, cart.total) == (4_900, GERMANY.price, 5_490)
    assert cart.tax == vat_included(4_900, 190) + vat_included(590, 190) == 876
    assert cart.missing_for_free_shipping == 12_000 - 4_900


def test_amounts_are_an_estimate_until_the_country_is_known() -> None:
    cart = priced(a_product())

    assert cart.is_estimate
    assert not cart.delivered_to("DE").is_estimate
    assert cart.delivered_to("DE").total == cart.total


def test_export_costs_the_price_without_german_vat() -> None:
    cart = priced(a_product(price=2_450), 3, price_in_cart=2_450).delivered_to("CH")
    (line,) = cart.lines

    assert (line.price, line.gross, line.total, line.untaxed) == (2_450, 7_350, 6_176, 1_174)
    assert (cart.tax_rate, cart.tax, cart.shipping) == (0, 0, EUROPE.price)
    assert cart.total == 6_176 + EUROPE.price


@given(
    prices=st.lists(st.tuples(st.integers(1, 99_999), st.integers(1, 10)), min_size=1, max_size=8),
    country=st.sampled_from([*STANDARD_RATES, "US", "JP", "CH", "GB"]),
)
def test_lines_and_shipping_add_up_to_the_total(
    prices: list[tuple[int, int]], country: str
) -> None:
    lines = tuple(
        PricedLine(CartLine(f"SKU-{number}", quantity, price), None, None)
        for number, (price, quantity) in enumerate(prices)
    )
    cart = PricedCart(Cart(tuple(line.line for line in lines)), lines).delivered_to(country)

    assert sum(line.total for line in cart.lines) + cart.shipping == cart.total
    assert all(line.total + line.untaxed == line.price * line.line.quantity for line in cart.lines)
    parts = [vat_included(it.total, cart.tax_rate) for it in cart.lines]
    assert cart.tax == sum(parts) + vat_included(cart.shipping, cart.tax_rate)
    assert bool(cart.tax) == (country in STANDARD_RATES)


def test_shipping_is_free_from_120_euros() -> None:
    below_limit = priced(a_product(price=11_999), price_in_cart=11_999)
    at_limit = priced(a_product(price=12_000), price_in_cart=12_000)

    assert below_limit.shipping == GERMANY.price
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


def test_cart_of_products_that_are_gone_is_priced_with_two_calls() -> None:
    cart = Cart(tuple(CartLine(a_sku(), 1, 777) for _ in range(9)))
    cached_catalog(NOON)

    with recorded_calls() as calls:
        price_cart(cart, NOON + timedelta(seconds=9))

    assert [call.partition(" ")[0] for call in calls] == ["BatchGetItem", "BatchGetItem"]


@pytest.mark.parametrize(("quantity", "can_be_ordered"), [(20, True), (21, False)])
def test_last_unit_can_be_ordered_and_no_more(quantity: int, can_be_ordered: bool) -> None:
    cart = priced(a_product(quantity=20), quantity)

    assert cart.can_be_ordered is can_be_ordered
