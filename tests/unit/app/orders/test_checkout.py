from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.cart.cart import Cart
from app.cart.models import load_cart, update_cart
from app.cart.pricing import price_cart
from app.errors import Conflict, NotFound, ValidationFailed
from app.inventory.models import Stock
from app.orders.checkout import REVIEW_THRESHOLD, OrderRequest, place_order
from app.orders.checkout_errors import CartChanged, EmptyCart, PriceChanged, SoldOut
from app.orders.events import OrderPlaced, read_event
from app.orders.queries import load_order_details
from app.orders.transitions import find_order
from tests.builders import (
    NOON,
    a_cart,
    a_product,
    a_request,
    a_saved_cart,
    a_visitor,
    counters,
    sku_of,
    stock_of,
)

pytestmark = pytest.mark.usefixtures("tables")


def assert_nothing_was_placed(request: OrderRequest) -> None:
    with pytest.raises(NotFound):
        load_order_details(request.order_id)


def test_place_order_saves_the_order_reserves_stock_empties_the_cart_and_appends_the_event() -> (
    None
):
    visitor, product = a_visitor(), a_product(quantity=5)
    cart = a_saved_cart(visitor, product, of_each=2)
    request = a_request(visitor=visitor)

    place_order(request, cart, now=NOON)

    details = load_order_details(request.order_id)
    assert (details.order.status, details.order.total) == ("placed", 5_490)
    assert counters(product) == (3, 2, 0)
    emptied = load_cart(visitor)
    assert (emptied.lines, emptied.version) == ((), 2)
    assert emptied.draft.email == request.email
    assert [row.type for row in details.events] == ["order_placed"]
    assert details.events[0].unpublished


def test_order_placed_event_has_no_personal_data() -> None:
    product = a_product()
    order = place_order(a_request(), a_cart(product), now=NOON)

    body = load_order_details(order.order_id).events[0].body
    event = read_event(body)

    assert isinstance(event, OrderPlaced)
    assert [(line.sku, line.quantity, line.price) for line in event.lines] == [
        (sku_of(product), 1, 2_450)
    ]
    assert "ada" not in body.lower()
    assert "Kiln" not in body


def test_order_keeps_a_snapshot_of_titles_and_prices() -> None:
    product = a_product(title="Tea pot, sage", variants=2)

    order = place_order(a_request(), a_cart(product), now=NOON)

    line = find_order(order.order_id).lines[0]
    assert (line.title, line.variant, line.price) == ("Tea pot, sage", "Colour 1", 2_450)


def test_order_number_contains_month_and_day() -> None:
    order = place_order(a_request(), a_cart(), now=NOON)

    assert order.number == f"HC-20310612-{order.order_id[-5:]}-{order.order_id[-10:-5]}"


def test_place_order_is_idempotent() -> None:
    visitor, product = a_visitor(), a_product()
    cart = a_saved_cart(visitor, product)
    request = a_request(visitor=visitor)

    first = place_order(request, cart, now=NOON)
    second = place_order(request, price_cart(load_cart(visitor), NOON), now=NOON)

    assert first.order_id == second.order_id
    assert counters(product) == (19, 1, 0)
    assert len(load_order_details(first.order_id).events) == 1


def test_concurrent_submits_place_one_order() -> None:
    visitor, product = a_visitor(), a_product()
    cart = a_saved_cart(visitor, product)
    request = a_request(visitor=visitor)

    with ThreadPoolExecutor(4) as pool:
        orders = list(pool.map(lambda _: place_order(request, cart, now=NOON), range(4)))

    assert {order.order_id for order in orders} == {request.order_id}
    assert counters(product) == (19, 1, 0)


@pytest.mark.parametrize(
    "other",
    [
        {"email": "bo@potter.example"},
        {"payment_method": "pm_declined"},
        {"shown_total": 1},
    ],
)
def test_same_order_id_with_different_details_is_rejected(other: dict[str, Any]) -> None:
    request = a_request()
    place_order(request, a_cart(), now=NOON)

    with pytest.raises(ValidationFailed):
        place_order(a_request(order_id=request.order_id, **other), a_cart(), now=NOON)


def test_same_order_id_from_another_visitor_is_rejected() -> None:
    request = a_request(visitor="")
    place_order(request, a_cart(), now=NOON)

    with pytest.raises(Conflict):
        place_order(a_request(order_id=request.order_id, owner="other"), a_cart(), now=NOON)


def test_same_idempotency_key_with_different_lines_is_rejected() -> None:
    request = a_request()
    place_order(request, a_cart(), now=NOON, fingerprint=request.fingerprint("POT 1"))

    with pytest.raises(ValidationFailed):
        place_order(request, a_cart(), now=NOON, fingerprint=request.fingerprint("POT 2"))


def test_checkout_of_a_sold_out_cart_changes_nothing() -> None:
    visitor = a_visitor()
    plenty, scarce = a_product(), a_product(quantity=2)
    cart = a_saved_cart(visitor, plenty, scarce, of_each=3)
    request = a_request(visitor=visitor)

    with pytest.raises(SoldOut, match="Tea pot"):
        place_order(request, cart, now=NOON)

    assert_nothing_was_placed(request)
    assert counters(plenty) == (20, 0, 0)
    assert load_cart(visitor).count == 6


def test_product_sold_out_after_rendering_is_named_and_changes_nothing() -> None:
    plenty, scarce = a_product(title="Bowl"), a_product(quantity=1, title="Last vase")
    cart = a_cart(plenty, scarce)
    place_order(a_request(), a_cart(scarce), now=NOON)
    request = a_request()

    with pytest.raises(SoldOut, match="Last vase"):
        place_order(request, cart, now=NOON)

    assert_nothing_was_placed(request)
    assert counters(plenty) == (20, 0, 0)


def test_last_unit_is_sold_to_exactly_one_of_many_concurrent_customers() -> None:
    product = a_product(quantity=1)
    cart = a_cart(product)

    def buy(_: int) -> bool:
        try:
            place_order(a_request(), cart, now=NOON)
        except SoldOut:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        orders = sum(pool.map(buy, range(16)))

    assert orders == 1
    assert counters(product) == (0, 1, 0)


def test_total_that_differs_from_the_page_is_rejected() -> None:
    request = a_request(shown_total=3_000)

    with pytest.raises(PriceChanged):
        place_order(request, a_cart(a_product(price=2_450)), now=NOON)

    assert_nothing_was_placed(request)


def test_price_change_during_checkout_is_rejected() -> None:
    product = a_product()
    cart = a_cart(product)
    stock_of(product).update(actions=[Stock.price.set(1)])

    with pytest.raises(SoldOut, match="price has just changed"):
        place_order(a_request(shown_total=cart.total), cart, now=NOON)

    assert counters(product) == (20, 0, 0)


def test_cart_changed_in_another_tab_raises_cart_changed() -> None:
    visitor, product = a_visitor(), a_product()
    cart = a_saved_cart(visitor, product)
    update_cart(visitor, lambda it: it.with_added("CUP", 1, price=1), now=NOON)
    request = a_request(visitor=visitor)

    with pytest.raises(CartChanged):
        place_order(request, cart, now=NOON)

    assert_nothing_was_placed(request)
    assert counters(product) == (20, 0, 0)


def test_two_tabs_with_the_same_cart_place_one_order() -> None:
    visitor, product = a_visitor(), a_product()
    cart = a_saved_cart(visitor, product)

    place_order(a_request(visitor=visitor), cart, now=NOON)
    with pytest.raises(CartChanged):
        place_order(a_request(visitor=visitor), cart, now=NOON)

    assert counters(product) == (19, 1, 0)


def test_empty_cart_is_rejected() -> None:
    with pytest.raises(EmptyCart):
        place_order(a_request(), price_cart(Cart(), NOON), now=NOON)


def test_unknown_payment_method_is_a_field_error() -> None:
    with pytest.raises(ValidationFailed) as failure:
        place_order(a_request(payment_method="pm_iou"), a_cart(), now=NOON)

    assert list(failure.value.errors) == ["payment_method"]


def test_unpublished_product_cannot_be_ordered() -> None:
    product = a_product()
    cart = a_cart(product)
    stock_of(product).update(actions=[Stock.on_sale.set(False)])

    with pytest.raises(SoldOut):
        place_order(a_request(), cart, now=NOON)


@pytest.mark.parametrize(
    ("price", "needs"), [(REVIEW_THRESHOLD, False), (REVIEW_THRESHOLD + 1, True)]
)
def test_orders_above_the_threshold_need_a_review(price: int, needs: bool) -> None:
    order = place_order(a_request(), a_cart(a_product(price=price)), now=NOON)

    assert find_order(order.order_id).needs_review is needs


def test_order_may_have_thirty_lines() -> None:
    products = [a_product() for _ in range(30)]

    order = place_order(a_request(), a_cart(*products), now=NOON)

    assert len(order.lines) == 30
    assert all(counters(product) == (19, 1, 0) for product in products)


def test_order_above_the_maximum_total_is_rejected() -> None:
    product = a_product(price=10**9)

    with pytest.raises(ValidationFailed):
        place_order(a_request(), a_cart(product, of_each=2), now=NOON)

    assert counters(product) == (20, 0, 0)
