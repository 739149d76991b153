import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest

from app.errors import NotFound
from app.orders.models import FINAL, Order, OrderStatus
from app.orders.payment import charge
from app.orders.reconciliation import stuck_from
from app.orders.shipping import ship
from app.orders.transitions import (
    ALLOWED_FROM,
    OrderChanged,
    Transition,
    apply_transition,
    find_order,
    order_transaction,
    retry_on_conflict,
    transition_at_once,
    transition_without_event,
)
from tests.builders import NOON, an_order_in_status
from tests.conflicts import transaction_conflicts
from tests.crash_injection import recorded_calls

pytestmark = pytest.mark.usefixtures("tables")

type Step = Callable[..., Order]

PAIRS = list(itertools.product(OrderStatus, OrderStatus))
ALLOWED = [(a, b) for a, b in PAIRS if a in ALLOWED_FROM.get(b, ())]
FORBIDDEN = [(a, b) for a, b in PAIRS if a != b and a not in ALLOWED_FROM.get(b, ())]


@pytest.mark.parametrize("status", OrderStatus)
def test_every_status_is_reachable(status: OrderStatus) -> None:
    assert an_order_in_status(status).status == status


@pytest.mark.parametrize(("before", "after"), ALLOWED)
def test_allowed_transition_is_applied(before: OrderStatus, after: OrderStatus) -> None:
    order = an_order_in_status(before)

    with order_transaction() as transaction:
        apply_transition(transaction, order, Transition(after), now=NOON)

    assert find_order(order.order_id).status == after


@pytest.mark.parametrize("step", [charge, ship])
def test_a_step_returns_the_order_as_it_is_stored_without_reading_it(step: Step) -> None:
    placed = an_order_in_status("placed" if step is charge else "paid")

    with recorded_calls() as calls:
        returned = step(placed.order_id, now=NOON + timedelta(hours=1))

    assert not [it for it in calls if it.startswith("GetItem") and "-orders" in it]
    assert returned.status in ("paid", "shipped")
    known = {name: it for name, it in returned.attribute_values.items() if it is not None}
    assert known == find_order(placed.order_id).attribute_values


@pytest.mark.parametrize("status", OrderStatus)
def test_transition_of_an_unread_order_needs_its_status(status: OrderStatus) -> None:
    order = an_order_in_status(status)

    changed = transition_at_once(
        order.order_id, OrderStatus.PLACED, Transition(OrderStatus.PAYING), now=NOON
    )

    assert (changed is not None) == (status == OrderStatus.PLACED)
    after = find_order(order.order_id)
    assert after.status == (OrderStatus.PAYING if changed else status)
    if changed:
        assert changed.attribute_values == after.attribute_values


def test_transition_of_an_unread_order_needs_a_check_that_is_early_enough() -> None:
    order, paying = an_order_in_status("placed"), Transition(OrderStatus.PAYING)
    earlier = NOON - timedelta(hours=1)

    assert transition_at_once(order.order_id, OrderStatus.PLACED, paying, now=earlier) is None
    changed = transition_at_once(order.order_id, OrderStatus.PLACED, paying, now=NOON)

    assert changed
    assert changed.next_check_at == order.next_check_at


def test_transition_of_an_unread_order_is_one_that_the_table_allows() -> None:
    with pytest.raises(ValueError, match="not allowed"):
        transition_at_once("", OrderStatus.PAID, Transition(OrderStatus.PAYING), now=NOON)


def test_transition_of_an_unread_order_raises_order_changed_during_a_transaction() -> None:
    order, paying = an_order_in_status("placed"), Transition(OrderStatus.PAYING)

    with transaction_conflicts(1, operation="UpdateItem"), pytest.raises(OrderChanged):
        transition_at_once(order.order_id, OrderStatus.PLACED, paying, now=NOON)

    assert find_order(order.order_id).status == "placed"


def test_transition_of_an_unread_order_creates_none() -> None:
    unknown = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

    for step in (charge, ship):
        with pytest.raises(NotFound):
            step(unknown, now=NOON)


def test_a_planned_check_that_is_early_enough_stays() -> None:
    order, later = an_order_in_status("placed"), NOON + timedelta(minutes=5)
    planned = order.next_check_at

    order = transition_without_event(order, Transition(OrderStatus.PAYING), now=later)

    assert order.next_check_at == planned
    assert planned is not None
    assert planned <= stuck_from(order)


def test_a_check_that_is_planned_too_late_comes_earlier() -> None:
    order = an_order_in_status("reviewing")

    order = transition_without_event(order, Transition(OrderStatus.PAYING), now=NOON)

    assert order.next_check_at == stuck_from(order)


def test_a_status_that_lasts_has_its_check_at_its_end() -> None:
    order = charge(an_order_in_status("paying").order_id, now=NOON)

    assert order.next_check_at == stuck_from(order)


def test_forbidden_transition_raises() -> None:
    orders = {status: an_order_in_status(status) for status in OrderStatus}

    for before, after in FORBIDDEN:
        with (
            pytest.raises(ValueError, match="not allowed"),
            order_transaction() as transaction,
        ):
            apply_transition(transaction, orders[before], Transition(after), now=NOON)
        assert find_order(orders[before].order_id).status == before


def test_final_statuses_have_no_transitions() -> None:
    assert not [pair for pair in ALLOWED if pair[0] in FINAL]


def test_optimistic_locking_rejects_one_of_two_concurrent_transitions() -> None:
    order = an_order_in_status("placed")
    read_concurrently = find_order(order.order_id)
    with order_transaction() as transaction:
        apply_transition(transaction, order, Transition(OrderStatus.PAYING), now=NOON)

    with pytest.raises(OrderChanged), order_transaction() as transaction:
        apply_transition(
            transaction, read_concurrently, Transition(OrderStatus.CANCELLED), now=NOON
        )

    assert find_order(order.order_id).status == "paying"


def test_transition_without_event_raises_order_changed_during_a_transaction() -> None:
    order = an_order_in_status("placed")

    with transaction_conflicts(1, operation="UpdateItem") as conflicts, pytest.raises(OrderChanged):
        transition_without_event(order, Transition(OrderStatus.PAYING), now=NOON)

    assert len(conflicts) == 1
    assert find_order(order.order_id).status == "placed"


def test_optimistic_locking_rejects_one_of_two_transitions_without_event() -> None:
    order = an_order_in_status("placed")
    read_concurrently = find_order(order.order_id)

    assert (
        transition_without_event(order, Transition(OrderStatus.PAYING), now=NOON).status == "paying"
    )
    with pytest.raises(OrderChanged):
        transition_without_event(read_concurrently, Transition(OrderStatus.PAYING), now=NOON)


def test_retry_on_conflict_runs_the_function_again() -> None:
    attempts = []

    @retry_on_conflict
    def conflict_twice() -> str:
        attempts.append(1)
        if len(attempts) < 3:
            raise OrderChanged
        return "done"

    assert conflict_twice() == "done"


def test_retry_on_conflict_gives_up_after_max_attempts() -> None:
    attempts = []

    @retry_on_conflict
    def always_conflict() -> None:
        attempts.append(1)
        raise OrderChanged

    with pytest.raises(OrderChanged):
        always_conflict()
    assert len(attempts) == 4


def test_open_index_contains_only_open_orders() -> None:
    assert an_order_in_status("paid").open_shard
    assert not an_order_in_status("cancelled").open_shard
    assert an_order_in_status("shipped").next_check_at is None


def test_find_order_raises_not_found() -> None:
    with pytest.raises(NotFound):
        find_order("01ARZ3NDEKTSV4RRFFQ69G5FAV")
