"""What people do in the shop, and how often: look around, fill a cart, buy."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.load.plan import Ware
from tests.load.visitor import LeftEmptyHanded, Visitor

# Of 100 payments; the others succeed.
METHODS = {
    "pm_declined": 6,
    "pm_insufficient_funds": 2,
    "pm_needs_two_attempts": 4,
    "pm_times_out_after_capture": 2,
}
CANCELS = 0.08  # of all who have ordered
LOOKS_AFTER_ORDERING = 3
WORDS = ("vase", "mug", "lamp", "bowl", "oak")


@dataclass(frozen=True)
class Wish:
    """Who somebody is, what they want, and how they think: `pause` waits as a reader does."""

    email: str
    ware: Ware
    others: tuple[Ware, ...]
    chance: random.Random
    pause: Callable[[], None]
    may_sell_out: bool = False


def browse(visitor: Visitor, wish: Wish) -> None:
    visitor.look_at("Home", "/")
    wish.pause()
    if wish.chance.random() < 0.5:
        visitor.look_at("Shelf", "/shelf?in_stock=yes")
    else:
        visitor.look_at("Search", f"/search?q={wish.chance.choice(WORDS)}")
    for ware in (wish.chance.choice(wish.others), wish.ware):
        wish.pause()
        visitor.look_at("Product", f"/products/{ware.slug}")


def think_better_of_it(visitor: Visitor, wish: Wish) -> None:
    """Customers keep their carts: what lay in them at last would be one order too large."""
    fill_a_cart(visitor, wish)
    wish.pause()
    visitor.put_back(wish.ware)


def fill_a_cart(visitor: Visitor, wish: Wish) -> None:
    visitor.look_at("Product", f"/products/{wish.ware.slug}")
    wish.pause()
    visitor.put_in_cart(wish.ware, may_sell_out=wish.may_sell_out)
    visitor.look_at("Cart", "/cart")


def buy(visitor: Visitor, wish: Wish) -> None:
    fill_a_cart(visitor, wish)
    wish.pause()
    form = visitor.fill_in(wish.email, _method(wish.chance), may_sell_out=wish.may_sell_out)
    wish.pause()
    order_id = visitor.pay(form, may_sell_out=wish.may_sell_out)
    if wish.chance.random() < CANCELS:
        visitor.cancel(order_id)
    for _ in range(LOOKS_AFTER_ORDERING):
        visitor.look_at("Order", f"/orders/{order_id}")
        wish.pause()


type Journey = Callable[[Visitor, Wish], None]
MIX: dict[Journey, int] = {browse: 10, think_better_of_it: 3, buy: 1}


def journeys(chance: random.Random) -> Iterator[Journey]:
    """Dealt from a deck, so that a short run has the same mix; the very first visitor buys."""
    yield buy
    while True:
        deck = [journey for journey, times in MIX.items() for _ in range(times)]
        chance.shuffle(deck)
        yield from deck


def go(journey: Journey, visitor: Visitor, wish: Wish) -> bool:
    """Whether the visitor got what they came for."""
    try:
        journey(visitor, wish)
    except LeftEmptyHanded:
        return False
    return True


def _method(chance: random.Random) -> str:
    usual = 100 - sum(METHODS.values())
    return chance.choices([*METHODS, "pm_succeeds"], [*METHODS.values(), usual])[0]
