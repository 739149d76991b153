"""Pages of orders to review and orders to pack, among any number of open ones."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from pynamodb.expressions.condition import Condition

from app.orders import open_pages
from app.orders.models import Order, OrderStatus
from app.orders.open_pages import list_open_orders
from app.web.admin.packing import PACKING
from app.web.admin.reviews import REVIEWING
from tests.builders import NOON, a_product, an_order
from tests.crash_injection import recorded_calls

pytestmark = pytest.mark.usefixtures("empty_board")


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_pages, "PAGE_SIZE", 5)
    monkeypatch.setattr(open_pages, "EXAMINED_AT_ONCE", 2)


def _open_order(status: OrderStatus, due: datetime = NOON) -> Order:
    order = an_order(a_product())
    order.update(actions=[Order.status.set(status), Order.next_check_at.set(due)])
    return order


def _orders(status: OrderStatus, count: int, *, minutes: int = 1) -> list[Order]:
    """The n-th is due n times so many minutes after noon."""
    return [_open_order(status, NOON + timedelta(minutes=minutes * n)) for n in range(count)]


def _pages(matching: Condition, cursor: str = "") -> Iterator[list[str]]:
    while True:
        page = list_open_orders(matching, cursor)
        yield [order.order_id for order in page.orders]
        if not (cursor := page.cursor):
            return


@pytest.mark.usefixtures("small_pages")
def test_every_order_to_review_is_on_one_page_by_its_deadline() -> None:
    waiting, _ = _orders(OrderStatus.REVIEWING, 23), _orders(OrderStatus.PAID, 30)

    pages = [*_pages(REVIEWING)]

    assert [it for page in pages for it in page] == [order.order_id for order in waiting]
    assert max(map(len, pages)) <= 5


@pytest.mark.usefixtures("small_pages")
def test_orders_with_the_same_deadline_are_on_one_page_each() -> None:
    waiting = _orders(OrderStatus.PAID, 30, minutes=0)

    shown = [it for page in _pages(PACKING) for it in page]

    assert sorted(shown) == sorted(order.order_id for order in waiting)


@pytest.mark.usefixtures("small_pages")
def test_order_that_is_decided_or_added_meanwhile_hides_no_other() -> None:
    waiting = _orders(OrderStatus.REVIEWING, 12)
    first = list_open_orders(REVIEWING)
    for order in first.orders:
        order.update(actions=[Order.status.set(OrderStatus.PAYING)])
    _open_order(OrderStatus.REVIEWING)  # due before all others

    shown = [it for page in _pages(REVIEWING, first.cursor) for it in page]

    left = [order.order_id for order in waiting[len(first.orders) :]]
    assert [it for it in shown if it in left] == left


def test_page_is_full_where_enough_orders_wait() -> None:
    _orders(OrderStatus.PAID, 90)

    pages = [*_pages(PACKING)]

    assert [len(page) for page in pages[:1]] == [50]
    assert sum(map(len, pages)) == 90


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("status", [OrderStatus.PLACED, OrderStatus.REVIEWING])
def test_page_examines_a_bounded_number_of_orders(status: OrderStatus) -> None:
    _orders(status, 40)

    with recorded_calls() as calls:
        page = list_open_orders(REVIEWING)

    assert page.cursor
    assert len(calls) == 9  # two for each shard of open orders, one for that of disputes
    assert all('"Limit": 2' in call for call in calls)


def test_order_whose_cancellation_is_requested_is_not_packed() -> None:
    order = _open_order(OrderStatus.PAID)
    order.update(actions=[Order.cancel_requested.set(True)])

    assert list_open_orders(PACKING).orders == ()


@pytest.mark.parametrize(
    "places", ["", "~", "~,~,~,~", "~,~,~,~,~,~", "~,~,~,~,:1~", "~,~,~,~,~01", "é"]
)
def test_cursor_that_is_not_ours_is_refused(places: str) -> None:
    for cursor in (urlsafe_b64encode(places.encode()).decode() or "x", f"é{places}"):
        with pytest.raises(ValueError):  # noqa: PT011 (of several parsers)
            list_open_orders(REVIEWING, cursor)
