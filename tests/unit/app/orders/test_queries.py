from datetime import timedelta
from typing import Any

import pytest
from ulid import ULID

from app.customers.models import customer_id
from app.errors import NotFound
from app.orders.board import find_orders
from app.orders.checkout import place_order
from app.orders.models import API_OWNER, Order
from app.orders.queries import (
    count_open_issues,
    customer_order_keys,
    day_reads,
    due_for_check,
    find_orders_by_number,
    load_order_details,
    open_order_reads,
    orders_of_customer,
)
from app.orders.return_rows import FAILING_CHECKS, Return
from app.orders.transitions import find_order
from app.persistence.idempotency import ProcessedEvent
from app.privacy.order_erasure import erase_after_legal_term
from tests.builders import (
    NOON,
    PACKED,
    a_cart,
    a_product,
    a_received_return,
    a_request,
    an_order,
    an_order_in_status,
)

pytestmark = pytest.mark.usefixtures("tables")


def test_order_details_list_events_in_order() -> None:
    order = an_order_in_status("shipped")

    details = load_order_details(order.order_id)

    assert [row.type for row in details.events] == ["order_placed", "order_paid", "order_shipped"]
    assert details.event_time("order_paid") == NOON
    assert details.event_time("order_shipped") == PACKED
    assert details.event_time("order_declined") is None
    assert details.payment
    assert details.review is None


def test_processed_event_markers_are_not_events() -> None:
    order = an_order()
    ProcessedEvent(order.order_id, "processed#analytics#an-event", at=NOON).save()

    details = load_order_details(order.order_id)

    assert len(details.events) == 1
    assert [(mark.part, mark.at) for mark in details.processed] == [
        ("processed#analytics#an-event", NOON)
    ]


@pytest.mark.parametrize(
    "order_id", ["", "x", "01JDCY5T6QJ6W4H2Y8Z3K7N9P", "../../etc", str(ULID())]
)
def test_unknown_order_id_raises_not_found(order_id: str) -> None:
    with pytest.raises(NotFound):
        load_order_details(order_id)


def test_orders_of_a_customer_are_sorted_newest_first() -> None:
    email = f"{ULID()}@potter.example".lower()
    product = a_product()
    placed = [
        place_order(
            a_request(email=email), a_cart(product), now=NOON + timedelta(minutes=minute)
        ).order_id
        for minute in range(3)
    ]

    assert [order.order_id for order in orders_of_customer(email)] == placed[::-1]


def orders_of_an_account(email: str) -> list[str]:
    """Two with its own email, and between them one with another email while signed in."""
    owner, product = customer_id(email), a_product()
    details: list[dict[str, Any]] = [
        {"email": email, "email_verified": True},
        {"email": f"gift-{ULID()}@potter.example".lower()},
        {"email": email, "owner": "a-guest"},
    ]
    return [
        place_order(
            a_request(**({"owner": owner} | it)),
            a_cart(product),
            now=NOON + timedelta(minutes=minute),
        ).order_id
        for minute, it in enumerate(details)
    ]


def test_order_with_another_email_is_in_the_list_of_the_account_that_placed_it() -> None:
    email = f"{ULID()}@potter.example".lower()
    placed = orders_of_an_account(email)

    assert [order.order_id for order in orders_of_customer(email)] == placed[::-1]
    assert [order.order_id for order in find_orders(email, NOON)] == placed[::-1], "in the admin"


def test_orders_with_other_emails_are_sorted_newest_first_too() -> None:
    email = f"{ULID()}@potter.example".lower()
    gifts = [
        an_order(owner=customer_id(email), now=NOON + timedelta(minutes=minute)).order_id
        for minute in range(3)
    ]

    assert [order.order_id for order in orders_of_customer(email)] == gifts[::-1]


def test_only_orders_with_another_email_are_in_the_index_of_accounts() -> None:
    email = f"{ULID()}@potter.example".lower()
    _, gift, _ = orders_of_an_account(email)
    for owner in ("a-guest", API_OWNER):
        an_order(owner=owner)

    assert [it.order_id for it in Order.by_account.query(customer_id(email))] == [gift]
    assert [*Order.by_account.query("a-guest")] == [*Order.by_account.query(API_OWNER)] == []


def test_erased_order_is_in_no_list_of_a_customer() -> None:
    email = f"{ULID()}@potter.example".lower()
    for order_id in orders_of_an_account(email):
        order = find_order(order_id)
        order.update(actions=[Order.open_shard.remove()])
        erase_after_legal_term(order_id)

    assert [*customer_order_keys(email)] == []


@pytest.mark.usefixtures("empty_board")
def test_open_orders_exclude_closed_ones() -> None:
    waiting, closed = an_order_in_status("paid"), an_order_in_status("shipped")

    order_ids = {order.order_id for read in open_order_reads(100) for order in read()}

    assert waiting.order_id in order_ids
    assert closed.order_id not in order_ids


def test_orders_are_found_by_day_and_by_number() -> None:
    """On a day without orders of other tests, since a day's list has only the first of them."""
    quiet_day = NOON - timedelta(days=501)
    order = an_order(now=quiet_day)

    placed = [it.order_id for read in day_reads(quiet_day.date()) for it in read()]
    assert placed == [order.order_id]
    (found,) = find_orders_by_number(order.number, today=NOON.date())
    assert found.order_id == order.order_id


@pytest.mark.parametrize(
    ("days", "is_found"), [(0, True), (300, True), (10 * 365, True), (-1, False), (11 * 366, False)]
)
def test_order_number_without_a_year_means_a_day_of_the_last_ten_years(
    days: int, *, is_found: bool
) -> None:
    order = an_order()
    short_number = f"HC-0612-{order.order_id[-5:]}"

    orders = find_orders_by_number(short_number, today=NOON.date() + timedelta(days=days))
    assert [it.order_id for it in orders] == [order.order_id] * is_found


@pytest.mark.parametrize("number", ["", "HC-20310612", "HC-20310612-00000-00000", "HC-0612-00000"])
def test_unknown_order_number_has_no_orders(number: str) -> None:
    assert find_orders_by_number(number, today=NOON.date()) == []


def test_stuck_order_is_due() -> None:
    order = an_order_in_status("paying")

    assert order.order_id in {it.order_id for it in due_for_check(NOON + timedelta(seconds=1201))}
    assert order.order_id not in {
        it.order_id for it in due_for_check(NOON + timedelta(seconds=1199))
    }


def test_each_due_order_is_listed_once_from_either_end() -> None:
    mine = {an_order_in_status("paying").order_id for _ in range(3)}

    listed = [it.order_id for it in due_for_check(NOON + timedelta(hours=1))]

    assert mine <= set(listed)
    assert len(listed) == len(set(listed))


def test_oldest_and_newest_due_orders_come_first() -> None:
    """Neither a backlog hides new orders, nor new ones the backlog."""
    for number in range(30):
        order = an_order_in_status("paying")
        checked_at = NOON + timedelta(minutes=number)
        order.update(actions=[Order.next_check_at.set(checked_at)])

    listed = [it.next_check_at for it in due_for_check(NOON + timedelta(minutes=31))]

    first = listed[: 2 * 5]  # each of four shards of orders, and that of returns, gives two rows
    assert min(listed) in first
    assert max(listed) in first
    assert len(listed) > len(first)


def test_paid_order_is_due_only_after_packing() -> None:
    order = an_order_in_status("paid")

    assert order.order_id not in {
        it.order_id for it in due_for_check(NOON + timedelta(seconds=2999))
    }
    assert order.order_id in {it.order_id for it in due_for_check(NOON + timedelta(seconds=3001))}


@pytest.mark.usefixtures("empty_board")
def test_return_is_an_open_issue_once_its_refund_keeps_failing() -> None:
    row = a_received_return(an_order_in_status("shipped"))
    before = count_open_issues()

    row.update(actions=[Return.checks.set(FAILING_CHECKS)])

    assert count_open_issues() == before + 1
