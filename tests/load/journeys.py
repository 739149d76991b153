"""The journeys of visitors and their mix: browse, fill and abandon a cart, buy."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.load.plan import CatalogItem
from tests.load.visitor import SoldOut, Visitor

# Of 100 payments; the others succeed.
PAYMENT_METHODS = {
    "pm_declined": 6,
    "pm_insufficient_funds": 2,
    "pm_needs_two_attempts": 4,
    "pm_times_out_after_capture": 2,
}
CANCEL_SHARE = 0.08  # of all orders
ORDER_PAGE_VIEWS = 3
SEARCH_TERMS = ("vase", "mug", "lamp", "bowl", "oak")


@dataclass(frozen=True)
class Visit:
    """One visit: the visitor's email, the item to buy, and the think time (``pause``)."""

    email: str
    item: CatalogItem
    items: tuple[CatalogItem, ...]
    rng: random.Random
    pause: Callable[[], None]
    may_sell_out: bool = False


def browse(visitor: Visitor, visit: Visit) -> None:
    visitor.open_page("Home", "/")
    visit.pause()
    if visit.rng.random() < 0.5:
        visitor.open_page("Product list", "/products?in_stock=yes")
    else:
        visitor.open_page("Search", f"/search?q={visit.rng.choice(SEARCH_TERMS)}")
    for item in (visit.rng.choice(visit.items), visit.item):
        visit.pause()
        visitor.open_page("Product", f"/products/{item.slug}")


def abandon_cart(visitor: Visitor, visit: Visit) -> None:
    """Remove the item again: customers keep their carts, which would end as one huge order."""
    fill_cart(visitor, visit)
    visit.pause()
    visitor.remove_from_cart(visit.item)


def fill_cart(visitor: Visitor, visit: Visit) -> None:
    visitor.open_page("Product", f"/products/{visit.item.slug}")
    visit.pause()
    visitor.add_to_cart(visit.item, may_sell_out=visit.may_sell_out)
    visitor.open_page("Cart", "/cart")


def buy(visitor: Visitor, visit: Visit) -> None:
    fill_cart(visitor, visit)
    visit.pause()
    form = visitor.fill_in_checkout(
        visit.email, _payment_method(visit.rng), may_sell_out=visit.may_sell_out
    )
    visit.pause()
    order_id = visitor.pay(form, may_sell_out=visit.may_sell_out)
    if visit.rng.random() < CANCEL_SHARE:
        visitor.cancel(order_id)
    for _ in range(ORDER_PAGE_VIEWS):
        visitor.open_page("Order", f"/orders/{order_id}")
        visit.pause()


type Journey = Callable[[Visitor, Visit], None]
MIX: dict[Journey, int] = {browse: 10, abandon_cart: 3, buy: 1}


def shuffled_journeys(rng: random.Random) -> Iterator[Journey]:
    """Shuffle one block of the mix after another, so that a short run has the same mix.

    The first visitor buys.
    """
    yield buy
    while True:
        block = [journey for journey, times in MIX.items() for _ in range(times)]
        rng.shuffle(block)
        yield from block


def run_journey(journey: Journey, visitor: Visitor, visit: Visit) -> bool:
    """Return False when the item was sold out."""
    try:
        journey(visitor, visit)
    except SoldOut:
        return False
    return True


def _payment_method(rng: random.Random) -> str:
    success = 100 - sum(PAYMENT_METHODS.values())
    return rng.choices([*PAYMENT_METHODS, "pm_succeeds"], [*PAYMENT_METHODS.values(), success])[0]
