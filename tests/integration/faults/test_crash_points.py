"""Die after every call of every rule, which is before the next; begin again; all must be well."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import get_args

import pytest

from app.catalog.models import Product
from app.errors import Conflict
from app.orders.cancellation import cancel
from app.orders.checkout import place_order
from app.orders.compensation import refund, release
from app.orders.models import Order
from app.orders.payment import charge
from app.orders.review import Decision, ask_for_review, decide, decide_by_the_clock
from app.orders.shipping import ship
from app.orders.transitions import find_order
from app.payments.gateway import METHODS, GatewayUnavailable
from tests.builders import (
    NOON,
    PACKED,
    a_kept_cart,
    a_product,
    a_request,
    a_visitor,
    an_order,
    an_order_that_is,
)
from tests.crash_injection import dying_after_call
from tests.fake_clouds import told
from tests.invariants import assert_all_is_well, brought_to_its_end

MOST_CALLS = 40

type Act = Callable[[str], object]


@pytest.fixture(autouse=True)
def provider_soon_up(tables: object) -> Iterator[None]:
    with told(provider_outage_seconds="0"):
        yield


def dies_anywhere(act: Act, begin: Callable[[Product], Order], *, price: int = 2_450) -> None:
    """Each death on an order of its own; once there is no call left to die at, all were tried."""
    for number in range(1, MOST_CALLS):
        product = a_product(price=price)
        order_id = begin(product).order_id

        with dying_after_call(number) as fatal, suppress(GatewayUnavailable):
            act(order_id)
        assert_all_is_well(order_id, product)

        with suppress(GatewayUnavailable):
            act(order_id)
        assert_all_is_well(order_id, product)

        brought_to_its_end(order_id)
        assert_all_is_well(order_id, product)
        product.delete()  # the shelf is read for each new order: a full one is slow
        if not fatal:
            return
    raise AssertionError(f"There are more than {MOST_CALLS} calls.")


def test_placing_an_order_may_die_anywhere() -> None:
    for number in range(1, MOST_CALLS):
        visitor, product = a_visitor(), a_product()
        cart = a_kept_cart(visitor, product, of_each=2)
        request = a_request(visitor=visitor)

        with dying_after_call(number) as fatal:
            place_order(request, cart, now=NOON)
        order = place_order(request, cart, now=NOON)

        assert order.order_id == request.order_id
        assert_all_is_well(order.order_id, product)
        if not fatal:
            return


@pytest.mark.parametrize("method", METHODS)
def test_charging_may_die_anywhere(method: str) -> None:
    dies_anywhere(
        lambda order_id: charge(order_id, now=NOON),
        lambda product: an_order(product, payment_method=method),
    )


@pytest.mark.parametrize(
    "method", ["pm_succeeds", "pm_times_out_after_capture", "pm_provider_down"]
)
def test_charging_an_order_whose_customer_wants_out_may_die_anywhere(method: str) -> None:
    def begin(product: Product) -> Order:
        order = an_order(product, payment_method=method)
        with dying_after_call(3):
            charge(order.order_id, now=NOON)
        assert find_order(order.order_id).status == "paying"
        return cancel(order.order_id, now=NOON)

    dies_anywhere(lambda order_id: charge(order_id, now=NOON), begin)


@pytest.mark.parametrize("status", ["placed", "reviewing", "paying", "paid"])
def test_cancelling_may_die_anywhere(status: str) -> None:
    dies_anywhere(
        lambda order_id: cancel(order_id, now=NOON),
        lambda product: an_order_that_is(status, product),
        price=45_000 if status == "reviewing" else 2_450,
    )


def test_shipping_may_die_anywhere() -> None:
    dies_anywhere(
        lambda order_id: ship(order_id, now=PACKED),
        lambda product: an_order_that_is("paid", product),
    )


def test_refunding_what_the_carrier_refused_may_die_anywhere() -> None:
    dies_anywhere(
        lambda order_id: refund(order_id, now=PACKED),
        lambda product: an_order_that_is("refunding", product),
    )


def test_refunding_what_the_customer_cancelled_may_die_anywhere() -> None:
    dies_anywhere(
        lambda order_id: refund(order_id, now=PACKED),
        lambda product: cancel(an_order_that_is("paid", product).order_id, now=NOON),
    )


def test_releasing_may_die_anywhere() -> None:
    dies_anywhere(
        lambda order_id: release(order_id, now=PACKED),
        lambda product: an_order_that_is("releasing", product),
    )


def test_asking_for_a_review_may_die_anywhere() -> None:
    dies_anywhere(
        lambda order_id: ask_for_review(order_id, "a token", now=NOON), an_order, price=45_000
    )


@pytest.mark.parametrize("decision", get_args(Decision))
def test_a_merchants_decision_may_die_anywhere(decision: Decision) -> None:
    def act(order_id: str) -> None:
        with suppress(Conflict):
            decide(order_id, decision, "merchant@hearth.example", "why", now=NOON)

    dies_anywhere(act, lambda product: an_order_that_is("reviewing", product), price=45_000)


def test_the_clock_may_die_anywhere() -> None:
    dies_anywhere(
        lambda order_id: decide_by_the_clock(order_id, now=PACKED),
        lambda product: an_order_that_is("reviewing", product),
        price=45_000,
    )
