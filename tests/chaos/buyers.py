"""Buyers who place orders under faults, and retry each request that gets no answer."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx

from app.verification import RecordedResponse
from infra.local.form_client import Shopper
from infra.user_error import UserError

CONCURRENT_BUYERS = 3
DEADLINE_SECONDS = 600  # includes a restart of the local cloud
RETRY_SECONDS = 2
PAYMENT_METHODS = (
    *("pm_succeeds", "pm_succeeds", "pm_succeeds", "pm_declined", "pm_needs_two_attempts"),
    *("pm_succeeds", "pm_times_out_after_capture", "pm_succeeds", "pm_provider_down"),
)
CANCEL_EVERY = 6  # each sixth buyer cancels the order

type OnStep = Callable[[], None]
type WaitForTurn = Callable[[int, int], None]


def place_orders(
    shop_url: str,
    skus: list[str],
    number: int,
    on_step: OnStep = lambda: None,
    wait_for_turn: WaitForTurn = lambda _index, _number: None,
) -> list[RecordedResponse]:
    """Place orders and return the shop's answers; call ``on_step`` after each request.

    ``wait_for_turn`` is called before each order, with its index and the number of orders.
    """

    def buy(index: int) -> list[RecordedResponse]:
        wait_for_turn(index, number)
        return list(_place_order(Shopper(shop_url), skus[index % len(skus)], index, on_step))

    with ThreadPoolExecutor(CONCURRENT_BUYERS) as pool:
        return [response for responses in pool.map(buy, range(number)) for response in responses]


def _place_order(
    shopper: Shopper, sku: str, index: int, on_step: OnStep
) -> Iterator[RecordedResponse]:
    def step[T](send: Callable[[], T]) -> T:
        result = retry_until_answered(send)
        on_step()
        return result

    step(lambda: shopper.add_to_cart(sku))
    form = step(lambda: shopper.fill_in_checkout(PAYMENT_METHODS[index % len(PAYMENT_METHODS)]))
    order_id = step(lambda: shopper.pay(form))
    yield RecordedResponse("place", key=form["form"], outcome="accepted", order_id=order_id)
    if index % CANCEL_EVERY == 0:
        accepted = step(lambda: shopper.cancel(order_id))
        yield RecordedResponse("cancel", order_id, "accepted" if accepted else "refused", order_id)


def retry_until_answered[T](send: Callable[[], T]) -> T:
    """Retry as a person who reloads the page; a repeated checkout sends the same form again."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            return send()
        except (UserError, httpx.TransportError):
            if time.monotonic() > deadline:
                raise
            time.sleep(RETRY_SECONDS)
