"""What the open page of an order costs while the order is packed for half an hour."""

import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from app.clock import use_clock
from app.orders.payment import charge
from app.orders.shipping import ship
from app.orders.transitions import find_order
from infra.local.prices import usd_per_million
from tests.benchmarks.cost.shopping import POLL, OurShop, our_shop
from tests.builders import NOON
from tests.printed_figures import PrintFigure

TARGET = re.compile(r'hx-get="([^"]+)" hx-trigger="every (\d+)s"')
MAX_POLLS = 12
WORKFLOW_DELAY = timedelta(seconds=1)  # until the card is charged, and from packing to shipping


@pytest.fixture(scope="module")
def shop() -> Iterator[OurShop]:
    with our_shop() as opened:
        yield opened


class OpenPage:
    """An order's page that a customer leaves open, as htmx polls it."""

    def __init__(self, browser: httpx.Client, path: str) -> None:
        self.browser, self.path, self.now, self.polls = browser, path, NOON, 0
        self.last_status = 200
        self.order_id = path.rpartition("/")[2]
        self.target = TARGET.search(self.get(path).text)

    def get(self, path: str, **headers: str) -> httpx.Response:
        with use_clock(lambda: self.now):
            return self.browser.get(path, headers=headers).raise_for_status()

    def poll(self) -> None:
        assert self.target
        self.now += timedelta(seconds=int(self.target[2]))
        self._proceed()
        answer = self.get(self.target[1].replace("&amp;", "&"), **POLL)
        self.polls, self.last_status = self.polls + 1, answer.status_code
        if answer.status_code == 200:
            self.target = TARGET.search(answer.text)

    def _proceed(self) -> None:
        """What the workflow has done until now."""
        order = find_order(self.order_id)
        if order.status == "placed" and self.now >= NOON + WORKFLOW_DELAY:
            order = charge(self.order_id, now=NOON + WORKFLOW_DELAY)
        packed = order.packing_until
        if packed and order.status == "paid" and self.now >= packed + WORKFLOW_DELAY:
            ship(self.order_id, now=packed + WORKFLOW_DELAY)


def test_page_of_an_order_polls_at_most_twelve_times_in_half_an_hour(
    shop: OurShop, print_figure: PrintFigure
) -> None:
    with use_clock(lambda: NOON):
        cart = shop.fill_cart()
        page = OpenPage(cart[0].browser, shop.place_order(cart))

    while page.target:
        page.poll()

    assert find_order(page.order_id).status == "shipped"
    assert page.now - NOON >= timedelta(minutes=30)
    assert 1 < page.polls <= MAX_POLLS
    print_figure(f"polls of an order's page in 30 minutes: {page.polls}")


def test_poll_without_news_writes_nothing_and_reads_little(
    shop: OurShop, print_figure: PrintFigure
) -> None:
    with use_clock(lambda: NOON):
        cart = shop.fill_cart()
        page = OpenPage(cart[0].browser, shop.place_order(cart))
    page.poll()

    with shop.cloud.meter.separate() as meter:
        page.poll()
    counts = meter.per(1)

    print_figure(f"a million polls: {sum(usd_per_million(counts).values()):.2f} USD, {counts}")
    assert page.last_status == 204
    assert "write_units" not in counts
    assert counts["read_units"] <= 3  # the visitor, and the order's rows of about 4 KB
    assert counts["bytes_out"] == 0
