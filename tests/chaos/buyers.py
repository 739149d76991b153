"""People who buy while everything dies around them: told no clear answer, they press again."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx

from app.verification import Deed
from infra.local.form_client import Shopper
from infra.user_error import Trouble

AT_ONCE = 3
PATIENCE = 600  # seconds, in which the cloud may well be stopped and started
PAUSE = 2  # seconds before somebody presses again
METHODS = (
    *("pm_succeeds", "pm_succeeds", "pm_succeeds", "pm_declined", "pm_needs_two_attempts"),
    *("pm_succeeds", "pm_times_out_after_capture", "pm_succeeds", "pm_provider_down"),
)
EVERY_SIXTH = 6  # changes their mind


def all_buy(shop_url: str, skus: list[str], number: int, got_on: Callable[[], None]) -> list[Deed]:
    """What each of them did and was told, for the auditor; ``got_on`` hears of each step."""

    def one_buys(place: int) -> list[Deed]:
        return list(_buys(Shopper(shop_url), skus[place % len(skus)], place, got_on))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [deed for deeds in pool.map(one_buys, range(number)) for deed in deeds]


def _buys(shopper: Shopper, sku: str, place: int, got_on: Callable[[], None]) -> Iterator[Deed]:
    def step[T](act: Callable[[], T]) -> T:
        done = insisting(act)
        got_on()
        return done

    step(lambda: shopper.put_in_cart(sku))
    form = step(lambda: shopper.fill_in(METHODS[place % len(METHODS)]))
    order_id = step(lambda: shopper.pay(form))
    yield Deed("place", key=form["form"], answer="yes", order_id=order_id)
    if place % EVERY_SIXTH == 0:
        accepted = step(lambda: shopper.cancel(order_id))
        yield Deed("cancel", order_id, "yes" if accepted else "no", order_id)


def insisting[T](act: Callable[[], T]) -> T:
    """Again and again, as a person reloads a page; the form sent twice is the same form."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return act()
        except (Trouble, httpx.TransportError):
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE)
