"""A code is redeemed with the order, never too often, and given back if no parcel is sent."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.cart.models import load_cart
from app.discounts.models import Discount, customer_redemptions
from app.discounts.refusals import DiscountRefused
from app.discounts.terms import Terms, change_terms, end_discount, find_own_discount
from app.orders.cancellation import cancel_order
from app.orders.checkout import place_order
from app.orders.checkout_errors import AlreadyPlaced, CartChanged, PriceChanged, SoldOut
from app.orders.drafts import reorder_draft
from app.orders.models import Order
from app.orders.payment import charge
from app.orders.review import decide_review, request_review
from app.orders.transitions import find_order
from tests.builders import (
    NOON,
    UNREACHABLE,
    a_cart,
    a_discount,
    a_product,
    a_request,
    a_saved_cart,
    a_visitor,
    an_order,
    counters,
    sku_of,
    with_code,
)
from tests.crash_injection import crash
from tests.fake_clouds import MERCHANT
from tests.invariants import run_to_completion

pytestmark = pytest.mark.usefixtures("tables")
ADA, BO = "ada@potter.example", "bo@potter.example"


def redeemed(discount: Discount, email: str = ADA) -> tuple[int, int]:
    """By all customers, and by one."""
    row = customer_redemptions(discount.code, email)
    row.refresh(consistent_read=True)
    return find_own_discount(discount.code).redeemed, row.redeemed


def refused(discount: Discount, **details: Any) -> str:
    """The reason why an order with this code is refused."""
    with pytest.raises(DiscountRefused) as refusal:
        an_order(discount=discount, **details)
    return refusal.value.reason


def test_order_with_a_code_pays_less_and_redeems_it() -> None:
    discount = a_discount()

    order = an_order(discount=discount)

    assert (order.subtotal, order.discount, order.total) == (2_450, 245, 2_205 + 590)
    assert find_order(order.order_id).discount_code == discount.code
    assert [line.discount for line in order.event_lines] == [245]
    assert redeemed(discount) == (1, 1)


def test_order_without_a_code_stores_nothing_about_discounts() -> None:
    order = an_order()

    row = find_order(order.order_id).serialize()

    assert "discount_code" not in row
    assert "discount" not in row["lines"]["S"]


def test_repeated_order_redeems_once() -> None:
    discount = a_discount(max_redemptions=1)
    visitor = a_visitor()
    cart = with_code(a_saved_cart(visitor, code=discount.code), discount)
    request = a_request(visitor=visitor, discount_code=discount.code)

    first = place_order(request, cart, now=NOON)
    again = place_order(request, with_code(cart, discount), now=NOON)

    assert first.order_id == again.order_id
    assert redeemed(discount) == (1, 1)


def test_repeat_with_another_code_is_refused() -> None:
    discount = a_discount()
    order = an_order(discount=discount)

    with pytest.raises(AlreadyPlaced):
        place_order(a_request(order_id=order.order_id), a_cart(), now=NOON)


def test_last_redemption_goes_to_one_of_many() -> None:
    discount = a_discount(max_redemptions=1)
    cart = with_code(a_cart(a_product()), discount)
    emails = [f"shopper-{number}@potter.example" for number in range(6)]

    def order_for(email: str) -> str:
        request = a_request(discount_code=discount.code, email=email)
        try:
            return place_order(request, cart, now=NOON).status
        except DiscountRefused as refusal:
            return refusal.reason

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(order_for, emails))

    assert outcomes == ["discount_used_up"] * 5 + ["placed"]
    assert find_own_discount(discount.code).redeemed == 1


def test_each_customer_redeems_a_code_once_unless_its_terms_say_otherwise() -> None:
    once, twice = a_discount(), a_discount(max_per_customer=2)
    for discount in (once, twice, twice):
        an_order(discount=discount)

    assert refused(once) == refused(twice) == "discount_already_used"
    assert an_order(discount=once, email=BO).discount == 245


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"starts_at": NOON + timedelta(seconds=1)}, "discount_not_started"),
        ({"ends_at": NOON}, "discount_ended"),
        ({"minimum": 2_451}, "discount_minimum_not_reached"),
    ],
)
def test_code_is_refused_outside_its_terms(terms: dict[str, Any], reason: str) -> None:
    assert refused(a_discount(**terms)) == reason


def test_code_is_used_from_its_start_to_before_its_end_and_from_its_minimum() -> None:
    discount = a_discount(starts_at=NOON, ends_at=NOON + timedelta(seconds=1), minimum=2_450)

    assert an_order(discount=discount).discount == 245


def test_ended_and_unknown_codes_are_refused() -> None:
    discount = a_discount()
    end_discount(discount, now=NOON, by=MERCHANT)

    assert refused(discount) == "discount_ended"
    unknown = Discount("discounts", "NO-SUCH-CODE", created_at=NOON)
    assert refused(unknown) == "discount_unknown"


def test_code_that_ends_between_page_and_order_orders_nothing() -> None:
    discount, product = a_discount(), a_product()
    cart = with_code(a_cart(product), discount)
    end_discount(discount, now=NOON, by=MERCHANT)

    with pytest.raises(DiscountRefused):
        place_order(a_request(discount_code=discount.code), cart, now=NOON)

    assert counters(product) == (20, 0, 0)
    assert find_own_discount(discount.code).redeemed == 0


def test_terms_that_change_between_page_and_order_are_shown_as_another_total() -> None:
    discount = a_discount()
    cart = with_code(a_cart(), discount)
    change_terms(discount, Terms(percent=50), expected_version=0, now=NOON, by=MERCHANT)

    with pytest.raises(PriceChanged) as changed:
        place_order(a_request(discount_code=discount.code), cart, now=NOON)

    assert changed.value.total == 1_225 + 590


def test_change_that_leaves_the_price_alone_does_not_disturb_the_order() -> None:
    discount = a_discount()
    cart = with_code(a_cart(), discount)
    terms = Terms(percent=10, max_redemptions=7)
    change_terms(discount, terms, expected_version=0, now=NOON, by=MERCHANT)

    order = place_order(a_request(discount_code=discount.code), cart, now=NOON)

    assert (order.discount, redeemed(discount)) == (245, (1, 1))


def test_sold_out_product_is_named_also_with_a_code() -> None:
    discount, product = a_discount(), a_product(quantity=1)
    cart = with_code(a_cart(product), discount)
    an_order(product)

    with pytest.raises(SoldOut):
        place_order(a_request(discount_code=discount.code), cart, now=NOON)

    assert find_own_discount(discount.code).redeemed == 0


def test_sold_out_product_is_named_among_others_with_a_code() -> None:
    discount, product, last_one = a_discount(), a_product(), a_product(quantity=1)
    cart = with_code(a_cart(product, last_one), discount)
    an_order(last_one)

    with pytest.raises(SoldOut, match=last_one.title):
        place_order(a_request(discount_code=discount.code), cart, now=NOON)


def test_code_that_the_cart_was_not_priced_with_is_refused() -> None:
    with pytest.raises(CartChanged):
        place_order(a_request(discount_code=a_discount().code), a_cart(), now=NOON)


# --- given back ------------------------------------------------------------------------------


def _cancelled(order: Order) -> None:
    cancel_order(order.order_id, now=NOON)


def _rejected(order: Order) -> None:
    request_review(order.order_id, "a token", now=NOON)
    decide_review(order.order_id, "rejected", MERCHANT, "", now=NOON)


def _cancelled_after_payment(order: Order) -> None:
    charge(order.order_id, now=NOON)
    cancel_order(order.order_id, now=NOON)
    run_to_completion(order.order_id)


def _completed(order: Order) -> None:
    run_to_completion(order.order_id)


@pytest.mark.parametrize(
    ("close", "details", "status"),
    [
        (_cancelled, {}, "cancelled"),
        (_rejected, {}, "cancelled"),
        (_cancelled_after_payment, {}, "cancelled"),
        (_completed, {"payment_method": "pm_declined"}, "declined"),
        (_completed, {"street": UNREACHABLE}, "cancelled"),
    ],
)
def test_order_that_closes_without_a_parcel_gives_its_code_back(
    close: Any, details: dict[str, Any], status: str
) -> None:
    discount = a_discount(max_redemptions=1)
    order = an_order(discount=discount, **details)

    close(order)

    assert find_order(order.order_id).status == status
    assert redeemed(discount) == (0, 0)
    assert an_order(discount=discount).discount == 245


def test_shipped_order_keeps_its_redemption() -> None:
    discount = a_discount()

    run_to_completion(an_order(discount=discount).order_id)

    assert redeemed(discount) == (1, 1)


def test_repeated_cancellation_gives_back_once() -> None:
    discount = a_discount(max_per_customer=2)
    first, _ = an_order(discount=discount), an_order(discount=discount)
    with crash(after="TransactWriteItems"):
        cancel_order(first.order_id, now=NOON)

    cancel_order(first.order_id, now=NOON)

    assert redeemed(discount) == (1, 1)


def test_ended_code_is_given_back_too() -> None:
    discount = a_discount()
    order = an_order(discount=discount)
    end_discount(find_own_discount(discount.code), now=NOON, by=MERCHANT)

    cancel_order(order.order_id, now=NOON)

    assert redeemed(discount) == (0, 0)


# --- the checkout draft ----------------------------------------------------------------------


def test_declined_order_brings_its_code_back_into_the_draft_but_a_placed_one_does_not() -> None:
    discount, visitor = a_discount(), a_visitor()
    cart = with_code(a_saved_cart(visitor, code=discount.code), discount)
    request = a_request(visitor=visitor, discount_code=discount.code, payment_method="pm_declined")

    order = place_order(request, cart, now=NOON)
    emptied = load_cart(visitor).draft
    retried = reorder_draft(run_to_completion(order.order_id), emptied)

    assert (emptied.discount_code, retried.discount_code) == ("", discount.code)


def test_fingerprint_of_an_order_without_a_code_is_what_it_was() -> None:
    request = a_request(order_id="0" * 26)

    assert request.fingerprint() == "yypr_HN_FCav1gtsasOkxJv6hpAya2B4dAlo2AfxI0Y="
    assert request.fingerprint() != replace(request, discount_code="TEN").fingerprint()


def test_price_of_a_line_is_the_price_that_stock_is_reserved_at() -> None:
    """The discount is no part of the unit price, which the transaction compares."""
    discount, product = a_discount(), a_product()

    order = an_order(product, discount=discount)

    assert (order.lines[0].sku, order.lines[0].price) == (sku_of(product), 2_450)
