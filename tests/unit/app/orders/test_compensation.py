from datetime import timedelta

import pytest

from app.errors import NotFound
from app.orders.cancellation import cancel
from app.orders.compensation import open_case, refund, release
from app.orders.events import OrderCancelled, OrderDeclined, read_event
from app.orders.models import Order
from app.orders.payment import charge
from app.orders.queries import story_of
from app.orders.transitions import find_order
from tests.builders import NOON, PACKED, a_product, an_order, an_order_that_is, charges_of
from tests.crash_injection import dying, meanwhile
from tests.invariants import assert_all_is_well, brought_to_its_end

pytestmark = pytest.mark.usefixtures("tables")


def cancelled_while_packed() -> Order:
    return cancel(an_order_that_is("paid").order_id, now=NOON)


def test_a_paid_order_is_refunded_when_its_customer_cancels() -> None:
    order = cancelled_while_packed()

    refunded = refund(order.order_id, now=NOON)

    assert (refunded.status, refunded.refunded) == ("releasing", order.total)
    assert [it.refund_id is not None for it in charges_of(order)] == [True]


def test_a_paid_order_that_nobody_cancelled_is_not_refunded() -> None:
    order = an_order_that_is("paid")

    assert refund(order.order_id, now=NOON).status == "paid"
    assert [it.refund_id for it in charges_of(order)] == [None]


def test_refunding_again_gives_nothing_more_back() -> None:
    order = cancelled_while_packed()
    refund(order.order_id, now=NOON)
    first = [it.refund_id for it in charges_of(order)]

    refund(order.order_id, now=NOON)

    assert [it.refund_id for it in charges_of(order)] == first


def test_a_refund_that_died_after_the_money_went_back_is_the_same_refund() -> None:
    product = a_product()
    order = an_order_that_is("refunding", product)
    with dying(after="UpdateItem provider-books"):
        refund(order.order_id, now=NOON)
    first = [it.refund_id for it in charges_of(order)]

    refund(order.order_id, now=NOON)

    assert [it.refund_id for it in charges_of(order)] == first
    assert_all_is_well(order.order_id, product)


def test_releasing_frees_the_stock_once_and_closes_the_order_as_it_was_decided() -> None:
    product = a_product()
    order = an_order_that_is("releasing", product)

    release(order.order_id, now=NOON)
    closed = release(order.order_id, now=NOON + timedelta(hours=1))

    assert (closed.status, closed.moved_at) == ("declined", NOON)
    assert_all_is_well(order.order_id, product)


def test_the_last_event_says_why_no_money_was_taken() -> None:
    order = an_order_that_is("declined")

    last = read_event(story_of(order.order_id).events[-1].body)

    assert isinstance(last, OrderDeclined)
    assert last.reason == "card_declined"


def test_the_last_event_says_what_went_back() -> None:
    order = brought_to_its_end(cancelled_while_packed().order_id)

    last = read_event(story_of(order.order_id).events[-1].body)

    assert isinstance(last, OrderCancelled)
    assert (last.refunded, last.reason) == (order.total, "cancelled by the customer")


@pytest.mark.parametrize("status", ["placed", "paid", "shipping", "shipped", "cancelled"])
def test_an_order_that_is_not_on_its_way_back_is_not_released(status: str) -> None:
    order = an_order_that_is(status)

    assert release(order.order_id, now=NOON).status == status


def test_a_case_is_opened_once_and_names_the_first_reason() -> None:
    order = an_order_that_is("paying")

    open_case(order.order_id, "The step Charge did not succeed.", "workflow", now=NOON)
    open_case(order.order_id, "Another reason.", "sweeper", now=PACKED)

    case = find_order(order.order_id).case
    assert case
    assert (case.reason, case.by, case.since) == (
        "The step Charge did not succeed.",
        "workflow",
        NOON,
    )


def test_the_next_move_closes_the_case() -> None:
    order = an_order_that_is("paying")
    open_case(order.order_id, "The provider does not answer.", "workflow", now=NOON)

    charge(order.order_id, now=NOON)

    assert find_order(order.order_id).case is None


@pytest.mark.parametrize("status", ["releasing", "refunding"])
def test_a_case_is_not_left_on_an_order_that_moved_on_meanwhile(status: str) -> None:
    order = an_order_that_is(status)

    with meanwhile(lambda: brought_to_its_end(order.order_id), before="UpdateItem"):
        open_case(order.order_id, "Too late.", "workflow", now=NOON)

    assert find_order(order.order_id).case is None


def test_a_case_that_is_opened_while_the_order_moves_is_closed_by_that_move() -> None:
    order_id = an_order_that_is("releasing").order_id

    def ask() -> None:
        open_case(order_id, "It takes long.", "workflow", now=NOON)

    with meanwhile(ask, before="TransactWriteItems"):
        release(order_id, now=NOON)

    assert find_order(order_id).finished
    assert find_order(order_id).case is None


def test_a_closed_order_needs_nobody() -> None:
    order = an_order_that_is("shipped")

    open_case(order.order_id, "Too late.", "workflow", now=NOON)

    assert find_order(order.order_id).case is None


def test_there_is_no_case_without_an_order() -> None:
    with pytest.raises(NotFound):
        open_case("01ARZ3NDEKTSV4RRFFQ69G5FAV", "Nothing.", "workflow", now=NOON)


def test_an_order_whose_payment_is_missing_is_never_refunded_blindly() -> None:
    order = an_order()
    order.update(actions=[Order.status.set("refunding")])

    with pytest.raises(LookupError):
        refund(order.order_id, now=NOON)
