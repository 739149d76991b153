"""What one caller holds unpaid is bounded, without any effect on other callers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from ulid import ULID

from app.catalog.models import Product
from app.customers.models import sha256_hex
from app.customers.rate_limits import WINDOW
from app.errors import NotFound, RateLimited, Unavailable, ValidationFailed
from app.orders.caller_limits import IN_FLIGHT, CallerOrders, count_order
from app.orders.cancellation import cancel_order
from app.orders.checkout import OrderRequest, place_order
from app.orders.models import Order
from app.orders.payment import charge
from app.orders.review import expire_review, request_review
from app.orders.transitions import find_order
from app.settings import settings
from tests.builders import NOON, a_cart, a_product, a_request, counters
from tests.crash_injection import crash, failing_calls
from tests.fake_clouds import override_settings

pytestmark = pytest.mark.usefixtures("tables")

FULL = WINDOW + timedelta(seconds=1)


@pytest.fixture(autouse=True)
def small_limits(tables: object) -> Iterator[None]:
    with override_settings(orders_per_network="5", units_per_network="20"):
        yield


def a_caller() -> str:
    return f"network-{ULID()}"


def order_by(caller: str, product: Product, units: int = 1, **details: Any) -> Order:
    now = details.pop("now", NOON)
    request = a_request(caller=caller, **details)
    return place_order(request, a_cart(product, of_each=units), now=now)


def reserved(product: Product) -> int:
    return counters(product)[1]


def test_units_that_one_caller_holds_unpaid_are_capped() -> None:
    caller, product = a_caller(), a_product(quantity=100, price=100)
    order_by(caller, product, 10)
    order_by(caller, product, 10)

    with pytest.raises(RateLimited) as refused:
        order_by(caller, product)

    assert refused.value.retry_after > 0
    assert reserved(product) == 20


def test_orders_that_one_caller_holds_unpaid_are_capped() -> None:
    caller, product = a_caller(), a_product()
    for _ in range(5):
        order_by(caller, product)

    with pytest.raises(RateLimited):
        order_by(caller, product)

    assert reserved(product) == 5


def test_cap_holds_for_concurrent_orders() -> None:
    caller, product = a_caller(), a_product(quantity=100)

    def attempt(_: int) -> bool:
        try:
            order_by(caller, product, 4)
        except (RateLimited, Unavailable):
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        placed = sum(pool.map(attempt, range(16)))

    assert 1 <= placed <= 5
    assert reserved(product) == 4 * placed <= 20


def test_other_callers_buy_undisturbed() -> None:
    product = a_product(quantity=100)
    attacker = a_caller()
    for _ in range(2):
        order_by(attacker, product, 10)

    for _ in range(10):
        order_by(a_caller(), product)

    assert reserved(product) == 30


def test_paid_units_no_longer_count() -> None:
    caller, product = a_caller(), a_product(quantity=100)
    for _ in range(2):
        charge(order_by(caller, product, 10).order_id, now=NOON)

    order_by(caller, product, 10)

    assert reserved(product) == 30


def test_cleanup_counts_the_units_anew() -> None:
    """So the next orders are counted with one write again."""
    caller, product = a_caller(), a_product(quantity=100)
    for _ in range(2):
        charge(order_by(caller, product, 10).order_id, now=NOON)
    order_by(caller, product, 10)

    with failing_calls("GetItem customers", "InternalServerError") as reads:
        order_by(caller, product, 10)

    assert len(reads) == 0


def test_units_of_one_caller_may_reach_the_cap_after_others_were_paid() -> None:
    caller, product = a_caller(), a_product(quantity=100)
    charge(order_by(caller, product, 10).order_id, now=NOON)
    order_by(caller, product, 10)

    order_by(caller, product, 10)  # the cap of 20 unpaid units

    with pytest.raises(RateLimited):
        order_by(caller, product, 1)
    assert reserved(product) == 30


def test_orders_of_one_caller_may_reach_the_cap_after_the_window_of_a_paid_one() -> None:
    caller, product = a_caller(), a_product(quantity=100)
    charge(order_by(caller, product, now=NOON - FULL).order_id, now=NOON - FULL)
    for _ in range(4):
        order_by(caller, product)

    order_by(caller, product)  # the cap of five orders

    with pytest.raises(RateLimited):
        order_by(caller, product)


def test_cancelled_orders_no_longer_hold_units() -> None:
    caller, product = a_caller(), a_product(quantity=100)
    for _ in range(2):
        cancel_order(order_by(caller, product, 10).order_id, now=NOON)

    order_by(caller, product, 10)

    assert reserved(product) == 10


def test_paid_orders_of_one_caller_are_limited_in_each_window() -> None:
    """Each costs work and emails, also when a declined card or a cancellation ends it at once."""
    caller, product = a_caller(), a_product(quantity=100)
    for minutes in range(5):
        now = NOON + timedelta(minutes=minutes)
        cancel_order(order_by(caller, product, now=now).order_id, now=now)

    with pytest.raises(RateLimited) as refused:
        order_by(caller, product, now=NOON + timedelta(minutes=5))

    later = NOON + timedelta(minutes=5, seconds=refused.value.retry_after)
    assert timedelta(minutes=10) <= later - NOON - timedelta(minutes=5) <= WINDOW
    order_by(caller, product, now=later)
    with pytest.raises(RateLimited):
        order_by(caller, product, now=later)


def test_orders_in_review_count_until_the_review_expires() -> None:
    caller, product = a_caller(), a_product(quantity=100, price=45_000)
    held = [order_by(caller, product, 10) for _ in range(2)]
    for order in held:
        request_review(order.order_id, "a token", now=NOON)
    a_day_later = NOON + timedelta(days=1)

    with pytest.raises(RateLimited):
        order_by(caller, product, now=a_day_later)

    for order in held:
        assert expire_review(order.order_id, now=a_day_later).status == "cancelled"
    order_by(caller, product, now=a_day_later)
    assert reserved(product) == 1


def test_order_of_more_units_than_one_caller_may_hold_is_refused_for_good() -> None:
    product, another, third = (a_product() for _ in range(3))
    cart = a_cart(product, another, third, of_each=7)

    with pytest.raises(ValidationFailed, match="at most 20"):
        place_order(a_request(caller=a_caller()), cart, now=NOON)

    assert reserved(product) == 0


def test_repeated_order_is_returned_although_its_caller_has_reached_the_limit() -> None:
    caller, product = a_caller(), a_product()
    requests = [a_request(caller=caller) for _ in range(5)]
    for request in requests:
        place_order(request, a_cart(product), now=NOON)

    for request in requests:
        assert place_order(request, a_cart(product), now=NOON).order_id == request.order_id

    assert reserved(product) == 5


def test_refused_order_counts_only_for_a_moment() -> None:
    caller, product = a_caller(), a_product(quantity=100)
    for _ in range(5):
        with crash(before="TransactWriteItems"):
            order_by(caller, product, 4)
    with pytest.raises(RateLimited):
        order_by(caller, product)

    order_by(caller, product, now=NOON + max(IN_FLIGHT, FULL))

    assert reserved(product) == 1


def test_order_that_is_being_placed_counts_until_it_is_no_longer_in_flight() -> None:
    caller = a_caller()
    count_order(caller, "never placed", 20, now=NOON)

    with pytest.raises(RateLimited):
        count_order(caller, "another", 1, now=NOON + IN_FLIGHT - timedelta(seconds=1))

    count_order(caller, "another", 1, now=NOON + IN_FLIGHT)


def test_counter_ends_a_day_after_the_longest_review() -> None:
    caller = a_caller()

    count_order(caller, "one", 1, now=NOON)

    row = CallerOrders.get(f"caller#{sha256_hex(caller)}", "orders")
    assert row.expires_at == NOON + timedelta(seconds=settings().review_seconds, days=1)


def test_counting_an_order_again_after_a_lost_response_counts_it_once() -> None:
    """The SDK repeats a write whose response was lost."""
    caller = a_caller()
    for _ in range(5):
        count_order(caller, "one", 10, now=NOON)
    count_order(caller, "two", 10, now=NOON)

    with pytest.raises(RateLimited):
        count_order(caller, "three", 1, now=NOON)


def test_failed_attempt_with_few_units_does_not_hide_the_units_of_the_order() -> None:
    """The checkout page allows another cart for the same order id."""
    product = a_product(quantity=1_000)
    for caller in [a_caller() for _ in range(8)]:  # the set of a row has no order
        request = a_request(caller=caller)
        with crash(before="TransactWriteItems"):
            place_order(request, a_cart(product), now=NOON)
        place_order(request, a_cart(product, of_each=10), now=NOON + timedelta(seconds=10))

        with pytest.raises(RateLimited):
            order_by(caller, product, 11, now=NOON + FULL)


def test_normal_order_is_counted_with_one_write() -> None:
    with failing_calls("GetItem customers", "InternalServerError") as reads:
        count_order(a_caller(), "one", 1, now=NOON)

    assert len(reads) == 0


def test_no_order_is_placed_uncounted_while_the_table_is_throttled() -> None:
    """Fails closed: failing open under load would help the caller who causes the load."""
    product, request = a_product(), a_request(caller=a_caller())

    with (
        failing_calls("UpdateItem customers", "ProvisionedThroughputExceededException"),
        pytest.raises(Exception, match="ProvisionedThroughputExceeded"),
    ):
        place_order(request, a_cart(product), now=NOON)

    with pytest.raises(NotFound):
        find_order(request.order_id)
    assert reserved(product) == 0


def test_caller_without_a_limit_is_not_counted() -> None:
    product = a_product(quantity=100)

    for _ in range(8):
        order_by("", product, 10)

    assert reserved(product) == 80


def test_limits_can_be_switched_off() -> None:
    caller, product = a_caller(), a_product(quantity=100)

    with override_settings(orders_per_network="0"):
        for _ in range(8):
            order_by(caller, product, 10)

    assert reserved(product) == 80


def test_request_without_a_caller_is_the_domain_itself() -> None:
    assert OrderRequest("1", "api", "a@b.example", a_request().address, "pm_succeeds").caller == ""
