from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.cart.cart import Cart
from app.cart.models import cart_of, change_cart
from app.cart.pricing import price_cart
from app.errors import Conflict, NotFound, Unacceptable
from app.inventory.models import Stock
from app.orders.checkout import REVIEW_ABOVE, OrderRequest, place_order
from app.orders.checkout_errors import CartChanged, EmptyCart, PriceChanged, SoldOut
from app.orders.events import OrderPlaced, read_event
from app.orders.queries import story_of
from app.orders.transitions import find_order
from tests.builders import (
    NOON,
    a_cart,
    a_kept_cart,
    a_product,
    a_request,
    a_visitor,
    counters,
    sku_of,
    stock_of,
)

pytestmark = pytest.mark.usefixtures("tables")


def assert_nothing_was_placed(request: OrderRequest) -> None:
    with pytest.raises(NotFound):
        story_of(request.order_id)


def test_placing_saves_the_order_holds_its_stock_empties_the_cart_and_tells_of_it() -> None:
    visitor, product = a_visitor(), a_product(pieces=5)
    cart = a_kept_cart(visitor, product, of_each=2)
    request = a_request(visitor=visitor)

    place_order(request, cart, now=NOON)

    story = story_of(request.order_id)
    assert (story.order.status, story.order.total) == ("placed", 5_490)
    assert counters(product) == (3, 2, 0)
    assert cart_of(visitor) == Cart(version=2)
    assert [row.type for row in story.events] == ["order_placed"]
    assert story.events[0].pending


def test_the_event_names_what_was_bought_and_not_by_whom() -> None:
    product = a_product()
    order = place_order(a_request(), a_cart(product), now=NOON)

    body = story_of(order.order_id).events[0].body
    event = read_event(body)

    assert isinstance(event, OrderPlaced)
    assert [(line.sku, line.quantity, line.price) for line in event.lines] == [
        (sku_of(product), 1, 2_450)
    ]
    assert "ada" not in body.lower()
    assert "Kiln" not in body


def test_the_order_keeps_the_titles_and_prices_of_its_day() -> None:
    product = a_product(title="Tea pot, sage", variants=2)

    order = place_order(a_request(), a_cart(product), now=NOON)

    line = find_order(order.order_id).lines[0]
    assert (line.title, line.variant, line.price) == ("Tea pot, sage", "Colour 1", 2_450)


def test_the_number_names_month_and_day() -> None:
    order = place_order(a_request(), a_cart(), now=NOON)

    assert order.number == f"HC-0612-{order.order_id[-5:]}"


def test_pressing_twice_gives_the_same_order_once() -> None:
    visitor, product = a_visitor(), a_product()
    cart = a_kept_cart(visitor, product)
    request = a_request(visitor=visitor)

    first = place_order(request, cart, now=NOON)
    second = place_order(request, price_cart(cart_of(visitor), NOON), now=NOON)

    assert first.order_id == second.order_id
    assert counters(product) == (19, 1, 0)
    assert len(story_of(first.order_id).events) == 1


def test_pressing_twice_at_once_gives_the_same_order_once() -> None:
    visitor, product = a_visitor(), a_product()
    cart = a_kept_cart(visitor, product)
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
def test_the_same_id_with_other_details_is_refused(other: dict[str, Any]) -> None:
    request = a_request()
    place_order(request, a_cart(), now=NOON)

    with pytest.raises(Unacceptable):
        place_order(a_request(order_id=request.order_id, **other), a_cart(), now=NOON)


def test_the_same_id_from_somebody_else_is_refused_and_shows_nothing() -> None:
    request = a_request(visitor="")
    place_order(request, a_cart(), now=NOON)

    with pytest.raises(Conflict):
        place_order(a_request(order_id=request.order_id, owner="other"), a_cart(), now=NOON)


def test_a_program_that_sends_other_lines_under_the_same_id_is_refused() -> None:
    request = a_request()
    place_order(request, a_cart(), now=NOON, fingerprint=request.fingerprint("POT 1"))

    with pytest.raises(Unacceptable):
        place_order(request, a_cart(), now=NOON, fingerprint=request.fingerprint("POT 2"))


def test_a_sold_out_cart_changes_nothing() -> None:
    visitor = a_visitor()
    plenty, scarce = a_product(), a_product(pieces=2)
    cart = a_kept_cart(visitor, plenty, scarce, of_each=3)
    request = a_request(visitor=visitor)

    with pytest.raises(SoldOut, match="Tea pot"):
        place_order(request, cart, now=NOON)

    assert_nothing_was_placed(request)
    assert counters(plenty) == (20, 0, 0)
    assert cart_of(visitor).count == 6


def test_a_piece_that_sells_out_after_the_page_was_drawn_is_named_and_changes_nothing() -> None:
    plenty, scarce = a_product(title="Bowl"), a_product(pieces=1, title="Last vase")
    cart = a_cart(plenty, scarce)
    place_order(a_request(), a_cart(scarce), now=NOON)
    request = a_request()

    with pytest.raises(SoldOut, match="Last vase"):
        place_order(request, cart, now=NOON)

    assert_nothing_was_placed(request)
    assert counters(plenty) == (20, 0, 0)


def test_the_last_piece_is_sold_to_exactly_one_of_many() -> None:
    product = a_product(pieces=1)
    cart = a_cart(product)

    def buy(_: int) -> bool:
        try:
            place_order(a_request(), cart, now=NOON)
        except SoldOut:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        bought = sum(pool.map(buy, range(16)))

    assert bought == 1
    assert counters(product) == (0, 1, 0)


def test_another_total_than_the_page_showed_is_refused() -> None:
    request = a_request(shown_total=3_000)

    with pytest.raises(PriceChanged):
        place_order(request, a_cart(a_product(price=2_450)), now=NOON)

    assert_nothing_was_placed(request)


def test_a_price_that_changes_while_the_order_is_placed_is_refused() -> None:
    product = a_product()
    cart = a_cart(product)
    stock_of(product).update(actions=[Stock.price.set(1)])

    with pytest.raises(SoldOut, match="price has just changed"):
        place_order(a_request(shown_total=cart.total), cart, now=NOON)

    assert counters(product) == (20, 0, 0)


def test_a_cart_changed_in_another_tab_is_not_called_sold_out() -> None:
    visitor, product = a_visitor(), a_product()
    cart = a_kept_cart(visitor, product)
    change_cart(visitor, lambda it: it.with_added("CUP", 1, price=1), now=NOON)
    request = a_request(visitor=visitor)

    with pytest.raises(CartChanged):
        place_order(request, cart, now=NOON)

    assert_nothing_was_placed(request)
    assert counters(product) == (20, 0, 0)


def test_two_tabs_with_one_cart_place_one_order() -> None:
    visitor, product = a_visitor(), a_product()
    cart = a_kept_cart(visitor, product)

    place_order(a_request(visitor=visitor), cart, now=NOON)
    with pytest.raises(CartChanged):
        place_order(a_request(visitor=visitor), cart, now=NOON)

    assert counters(product) == (19, 1, 0)


def test_an_empty_cart_is_refused() -> None:
    with pytest.raises(EmptyCart):
        place_order(a_request(), price_cart(Cart(), NOON), now=NOON)


def test_a_way_to_pay_that_we_do_not_know_is_refused_beside_its_field() -> None:
    with pytest.raises(Unacceptable) as refused:
        place_order(a_request(payment_method="pm_iou"), a_cart(), now=NOON)

    assert refused.value.field == "payment_method"


def test_a_piece_taken_off_the_shelf_cannot_be_ordered() -> None:
    product = a_product()
    cart = a_cart(product)
    stock_of(product).update(actions=[Stock.on_sale.set(False)])

    with pytest.raises(SoldOut):
        place_order(a_request(), cart, now=NOON)


@pytest.mark.parametrize(("price", "needs"), [(REVIEW_ABOVE, False), (REVIEW_ABOVE + 1, True)])
def test_orders_above_the_limit_need_a_merchant(price: int, needs: bool) -> None:
    order = place_order(a_request(), a_cart(a_product(price=price)), now=NOON)

    assert find_order(order.order_id).needs_review is needs


def test_thirty_lines_fit_into_one_order() -> None:
    products = [a_product() for _ in range(30)]

    order = place_order(a_request(), a_cart(*products), now=NOON)

    assert len(order.lines) == 30
    assert all(counters(product) == (19, 1, 0) for product in products)


def test_an_order_that_is_beyond_all_sums_is_refused() -> None:
    product = a_product(price=10**9)

    with pytest.raises(Unacceptable):
        place_order(a_request(), a_cart(product, of_each=2), now=NOON)

    assert counters(product) == (20, 0, 0)
