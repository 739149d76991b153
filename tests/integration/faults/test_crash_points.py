"""Crash each rule of an order after every AWS call, then repeat it: the invariants must hold."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import get_args

import pytest

from app.catalog.models import Product
from app.errors import Conflict
from app.orders.cancellation import cancel_order
from app.orders.checkout import place_order
from app.orders.compensation import refund, release
from app.orders.models import Order
from app.orders.payment import charge
from app.orders.review import Decision, decide_review, expire_review, request_review
from app.orders.shipping import ship
from app.orders.transitions import find_order
from app.payments.gateway import PAYMENT_METHODS, GatewayUnavailable
from tests.builders import (
    NOON,
    PACKED,
    a_product,
    a_request,
    a_saved_cart,
    a_visitor,
    an_order,
    an_order_in_status,
)
from tests.crash_injection import crash_after_call
from tests.fake_clouds import override_settings
from tests.invariants import assert_invariants, run_to_completion

MAX_CALLS = 40

type Rule = Callable[[str], object]


@pytest.fixture(autouse=True)
def provider_without_outage(tables: object) -> Iterator[None]:
    with override_settings(provider_outage_seconds="0"):
        yield


def assert_recovers_from_crashes(
    rule: Rule, set_up: Callable[[Product], Order], *, price: int = 2_450
) -> None:
    """Crash at each call, with a new order each time, until no further call is left."""
    for number in range(1, MAX_CALLS):
        product = a_product(price=price)
        order_id = set_up(product).order_id

        with crash_after_call(number) as crashed_at, suppress(GatewayUnavailable):
            rule(order_id)
        assert_invariants(order_id, product)

        with suppress(GatewayUnavailable):
            rule(order_id)
        assert_invariants(order_id, product)

        run_to_completion(order_id)
        assert_invariants(order_id, product)
        product.delete()  # a large catalog would slow down every order
        if not crashed_at:
            return
    raise AssertionError(f"There are more than {MAX_CALLS} calls.")


def test_place_order_recovers_from_a_crash_at_any_call() -> None:
    for number in range(1, MAX_CALLS):
        visitor, product = a_visitor(), a_product()
        cart = a_saved_cart(visitor, product, of_each=2)
        request = a_request(visitor=visitor)

        with crash_after_call(number) as crashed_at:
            place_order(request, cart, now=NOON)
        order = place_order(request, cart, now=NOON)

        assert order.order_id == request.order_id
        assert_invariants(order.order_id, product)
        if not crashed_at:
            return


@pytest.mark.parametrize("method", PAYMENT_METHODS)
def test_charge_recovers_from_a_crash_at_any_call(method: str) -> None:
    assert_recovers_from_crashes(
        lambda order_id: charge(order_id, now=NOON),
        lambda product: an_order(product, payment_method=method),
    )


@pytest.mark.parametrize(
    "method", ["pm_succeeds", "pm_times_out_after_capture", "pm_provider_down"]
)
def test_charge_of_a_cancelled_order_recovers_from_a_crash_at_any_call(method: str) -> None:
    def begin(product: Product) -> Order:
        order = an_order(product, payment_method=method)
        with crash_after_call(3):
            charge(order.order_id, now=NOON)
        assert find_order(order.order_id).status == "paying"
        return cancel_order(order.order_id, now=NOON)

    assert_recovers_from_crashes(lambda order_id: charge(order_id, now=NOON), begin)


@pytest.mark.parametrize("status", ["placed", "reviewing", "paying", "paid"])
def test_cancellation_recovers_from_a_crash_at_any_call(status: str) -> None:
    assert_recovers_from_crashes(
        lambda order_id: cancel_order(order_id, now=NOON),
        lambda product: an_order_in_status(status, product),
        price=45_000 if status == "reviewing" else 2_450,
    )


def test_ship_recovers_from_a_crash_at_any_call() -> None:
    assert_recovers_from_crashes(
        lambda order_id: ship(order_id, now=PACKED),
        lambda product: an_order_in_status("paid", product),
    )


def test_refund_of_an_undeliverable_order_recovers_from_a_crash_at_any_call() -> None:
    assert_recovers_from_crashes(
        lambda order_id: refund(order_id, now=PACKED),
        lambda product: an_order_in_status("refunding", product),
    )


def test_refund_of_a_cancelled_order_recovers_from_a_crash_at_any_call() -> None:
    assert_recovers_from_crashes(
        lambda order_id: refund(order_id, now=PACKED),
        lambda product: cancel_order(an_order_in_status("paid", product).order_id, now=NOON),
    )


def test_release_recovers_from_a_crash_at_any_call() -> None:
    assert_recovers_from_crashes(
        lambda order_id: release(order_id, now=PACKED),
        lambda product: an_order_in_status("releasing", product),
    )


def test_request_review_recovers_from_a_crash_at_any_call() -> None:
    assert_recovers_from_crashes(
        lambda order_id: request_review(order_id, "a token", now=NOON), an_order, price=45_000
    )


@pytest.mark.parametrize("decision", get_args(Decision))
def test_review_decision_recovers_from_a_crash_at_any_call(decision: Decision) -> None:
    def act(order_id: str) -> None:
        with suppress(Conflict):
            decide_review(order_id, decision, "merchant@hearth.example", "why", now=NOON)

    assert_recovers_from_crashes(
        act, lambda product: an_order_in_status("reviewing", product), price=45_000
    )


def test_review_timeout_recovers_from_a_crash_at_any_call() -> None:
    assert_recovers_from_crashes(
        lambda order_id: expire_review(order_id, now=PACKED),
        lambda product: an_order_in_status("reviewing", product),
        price=45_000,
    )
