"""The arithmetic of discounts: rounding, and the split over the lines of an order."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cart.cart import Cart, CartLine
from app.cart.pricing import PricedCart, PricedLine
from app.discounts.amounts import share_of, split_discount
from app.discounts.models import Discount
from app.vat import STANDARD_RATES, total_vat
from app.verification.agreed_amounts import agreed_discounts, agreed_total
from tests.builders import NOON

PRICES = st.lists(
    st.tuples(st.integers(1, 99_999), st.integers(1, 10)), min_size=1, max_size=8
)  # of a unit, and the quantity
COUNTRIES = st.sampled_from([*STANDARD_RATES, "US", "JP", "CH", "GB"])
CODES = st.one_of(
    st.builds(lambda it: a_code(percent=it), st.integers(1, 90)),
    st.builds(lambda it: a_code(amount=it), st.integers(1, 99_999)),
)


def a_code(**terms: Any) -> Discount:
    return Discount("discounts", "TEN", created_at=NOON, **terms)


def a_cart_of(prices: list[tuple[int, int]], country: str = "DE") -> PricedCart:
    lines = tuple(
        PricedLine(CartLine(f"SKU-{number}", quantity, price), None, None)
        for number, (price, quantity) in enumerate(prices)
    )
    return PricedCart(Cart(tuple(it.line for it in lines)), lines).delivered_to(country)


@pytest.mark.parametrize(
    ("subtotal", "percent", "cents"),
    [(2_450, 10, 245), (2_445, 10, 245), (2_444, 10, 244), (0, 10, 0)],
)
def test_percentage_is_rounded_half_up(subtotal: int, percent: int, cents: int) -> None:
    assert share_of(subtotal, percent) == cents


def test_discount_is_split_by_largest_remainder_and_the_first_of_equal_ones() -> None:
    assert split_discount(100, [333, 333, 334]) == (33, 33, 34)
    assert split_discount(10, [1, 1, 1]) == (4, 3, 3)
    assert split_discount(0, [5, 5]) == (0, 0)


def test_no_order_is_free_of_charge() -> None:
    assert a_code(percent=90).amount_off(4) == 3
    assert a_code(amount=500).amount_off(300) == 299


def test_percentage_of_a_cart_reduces_its_lines() -> None:
    cart = a_cart_of([(2_450, 2), (1_001, 1)]).with_discount(a_code(percent=10))

    assert [line.discount for line in cart.lines] == [490, 100]
    assert (cart.subtotal, cart.discount, cart.shipping) == (5_901, 590, 590)
    assert cart.total == 5_901 - 590 + 590


def test_free_shipping_is_judged_on_the_discounted_subtotal() -> None:
    cart = a_cart_of([(12_500, 1)])

    discounted = cart.with_discount(a_code(percent=10))

    assert (cart.shipping, discounted.shipping) == (0, 590)
    assert discounted.missing_for_free_shipping == 12_000 - 11_250


def test_export_price_is_computed_from_the_discounted_gross_price() -> None:
    cart = a_cart_of([(11_900, 1)], "US").with_discount(a_code(amount=1_190, minimum=2_000))

    (line,) = cart.lines
    assert (line.discount, line.total, line.untaxed) == (1_190, 9_000, 1_710)
    assert (cart.subtotal, cart.discount) == (10_000, 1_000)
    assert cart.total == 9_000 + 2_490


@given(prices=PRICES, country=COUNTRIES, code=CODES)
def test_discounted_lines_shipping_and_vat_add_up(
    prices: list[tuple[int, int]], country: str, code: Discount
) -> None:
    cart = a_cart_of(prices, country).with_discount(code)

    assert sum(line.total for line in cart.lines) + cart.shipping == cart.total
    assert cart.subtotal - cart.discount + cart.shipping == cart.total
    assert sum(line.discount for line in cart.lines) == code.amount_off(cart.gross) < cart.gross
    for line in cart.lines:
        assert 0 <= line.discount <= line.gross
        assert line.total + line.untaxed + line.discount == line.gross
        assert min(line.total, line.untaxed) >= 0
    amounts = [*(line.total for line in cart.lines), cart.shipping]
    assert cart.tax == total_vat(amounts, cart.tax_rate)


@given(prices=PRICES, country=COUNTRIES, code=CODES)
def test_verifier_agrees_without_the_code_that_it_judges(
    prices: list[tuple[int, int]], country: str, code: Discount
) -> None:
    cart = a_cart_of(prices, country).with_discount(code)
    lines = [
        {"price": it.price, "quantity": it.line.quantity, "discount": it.discount}
        for it in cart.lines
    ]
    order = {"lines": json.dumps(lines), "address": json.dumps({"country": country})}
    row = {"percent": code.percent} if code.percent else {"amount": code.amount}

    assert agreed_discounts(order, row) == [it.discount for it in cart.lines]
    assert agreed_total(order) == cart.total
