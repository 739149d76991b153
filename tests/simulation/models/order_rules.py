"""The rules of `app/orders` call by call: each a chain of calls that may end, or die, anywhere."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tests.simulation.models.order import Guard, Guards, World


class Run(NamedTuple):
    """Somebody in the middle of a rule: the call that comes next, and the row as it was read."""

    call: str
    status: str = ""
    events: int = 0
    cancel_requested: bool = False


type Outcome = tuple[World, Run | None]  # ``None``: the rule has ended
type Call = Callable[[World, Run, Guards], Iterator[Outcome]]

CALLS: dict[str, Call] = {}
# Whoever may start them: a workflow, its retry, a zombie, the reconciler's restart, a worker.
STEPS = ("charge", "ship", "refund", "release", "ask_for_review", "decide_by_the_clock")
PEOPLE = ("cancel", "approve", "refuse")


def call(rule: Call) -> Call:
    CALLS[rule.__name__] = rule
    return rule


def reading(world: World, then: str) -> Run:
    return Run(then, world.status, world.events, world.cancel_requested)


def move(world: World, run: Run, guards: Guards, *told: str, **changes: Any) -> World | None:
    """The one conditional write of `app/orders/transitions.py`; None when it is refused.

    Events are numbered on from what was read, as the code does.
    """
    if Guard.SAME_STATUS in guards and world.status != run.status:
        return None
    if Guard.SAME_EVENTS in guards and world.events != run.events:
        return None
    news = {(run.events + place, what) for place, what in enumerate(told, 1)}
    if Guard.TOLD_ONCE in guards and news & world.told:
        return None
    events = run.events + len(told) if told else world.events
    return world._replace(events=events, told=world.told | news, **changes)


def moved(rule: str, after: World | None, world: World, then: str | None = None) -> Outcome:
    """Go on with the row as it then is; a rule that was overtaken begins again."""
    if after is None:
        return world, Run(rule)
    return after, reading(after, then) if then else None


def freed(world: World) -> World:
    return world._replace(available=world.available + 1, reserved=world.reserved - 1)


# Paying, as app/orders/payment.py does it over app/payments/payment_intents.py.


@call
def charge(world: World, _: Run, guards: Guards) -> Iterator[Outcome]:
    waits = world.needs_review and world.decision != "approved"
    if world.status in ("placed", "reviewing"):
        if not waits or Guard.APPROVED_FIRST not in guards:
            yield world, reading(world, "claim_for_paying")
        else:
            yield world, None
    elif world.status == "paying":
        yield world, reading(world, "settle")
    else:
        yield world, None


@call
def claim_for_paying(world: World, run: Run, guards: Guards) -> Iterator[Outcome]:
    yield moved("charge", move(world, run, guards, status="paying"), world, "settle")


@call
def settle(world: World, run: Run, _: Guards) -> Iterator[Outcome]:
    """There is one intent (`payment.py` proves it); what is to become of it?"""
    if run.status != "paying":
        yield world, None
    else:
        yield world, run._replace(call="void" if run.cancel_requested else "confirm")


@call
def confirm(world: World, run: Run, guards: Guards) -> Iterator[Outcome]:
    if world.intent == "void" and Guard.VOID_IS_FINAL in guards:
        yield world, run._replace(call="give_up")
        return
    yield captured(world, guards), run._replace(call="mark_paid")
    if world.intent == "open":
        declined = run._replace(call="void" if Guard.VOID_FIRST in guards else "give_up")
        yield world, declined
        yield captured(world, guards), declined  # the money moved, and the answer is wrong


def captured(world: World, guards: Guards) -> World:
    if world.intent == "void" and Guard.VOID_IS_FINAL in guards:
        return world
    again = world.intent == "captured" and Guard.CONFIRMED_ONCE in guards
    return world._replace(intent="captured", charged=min(2, world.charged + (not again)))


@call
def void(world: World, run: Run, guards: Guards) -> Iterator[Outcome]:
    if world.intent == "captured":
        late = "mark_paid" if Guard.LATE_MONEY_COUNTS in guards else "give_up"
        yield world, run._replace(call=late)
    else:
        yield world._replace(intent="void"), run._replace(call="give_up")


@call
def mark_paid(world: World, run: Run, guards: Guards) -> Iterator[Outcome]:
    yield moved("charge", move(world, run, guards, "order_paid", status="paid"), world)


@call
def give_up(world: World, run: Run, guards: Guards) -> Iterator[Outcome]:
    closing_as = "cancelled" if run.cancel_requested else "declined"
    after = move(world, run, guards, status="releasing", closing_as=closing_as)
    yield moved("charge", after, world)


# Shipping, as app/orders/shipping.py does it.


@call
def ship(world: World, _: Run, guards: Guards) -> Iterator[Outcome]:
    if world.status == "paid" and _may_go(world, guards):
        first = "claim_for_shipping" if Guard.CLAIM_FIRST in guards else "collect"
        yield world, reading(world, first)
    elif world.status == "shipping":
        yield world, reading(world, "collect")
    else:
        yield world, None


def _may_go(world: World, guards: Guards) -> bool:
    packed = world.packed or Guard.PACKED_FIRST not in guards
    wanted = not world.cancel_requested or Guard.CANCEL_BARS_SHIPPING not in guards
    return packed and wanted


@call
def claim_for_shipping(world: World, run: Run, guards: Guards) -> Iterator[Outcome]:
    after = move(world, run, guards, status="shipping") if _may_go(world, guards) else None
    yield moved("ship", after, world, "collect")


@call
def collect(world: World, run: Run, guards: Guards) -> Iterator[Outcome]:
    """The carrier takes the parcel, or refuses it for good."""
    kept_word = Guard.CARRIER_IS_FINAL in guards and world.carrier_said
    for answer in (kept_word,) if kept_word else ("taken", "refused"):
        left = world.parcel_left or answer == "taken"
        then = "mark_shipped" if answer == "taken" else "turn_back"
        yield world._replace(carrier_said=answer, parcel_left=left), run._replace(call=then)


@call
def mark_shipped(world: World, run: Run, guards: Guards) -> Iterator[Outcome]:
    counted = {"reserved": world.reserved - 1, "sold": world.sold + 1}
    after = move(world, run, guards, "order_shipped", status="shipped", **counted)
    yield moved("ship", after, world)


@call
def turn_back(world: World, run: Run, guards: Guards) -> Iterator[Outcome]:
    after = move(world, run, guards, status="refunding", closing_as="cancelled")
    yield moved("ship", after, world)


# The way back, as app/orders/compensation.py goes it.


@call
def refund(world: World, _: Run, guards: Guards) -> Iterator[Outcome]:
    if world.status == "paid" and world.cancel_requested:
        yield world, reading(world, "claim_for_refunding")
    elif world.status == "refunding":
        yield world, reading(world, "give_back")
    else:
        yield world, None


@call
def claim_for_refunding(world: World, run: Run, guards: Guards) -> Iterator[Outcome]:
    way = "refunding" if Guard.REFUND_FIRST in guards else "releasing"
    after = move(world, run, guards, status=way, closing_as="cancelled")
    yield moved("refund", after, world, "give_back" if way == "refunding" else None)


@call
def give_back(world: World, run: Run, guards: Guards) -> Iterator[Outcome]:
    again = world.refunded and Guard.REFUNDED_ONCE in guards
    refunded = world.refunded if again else min(2, world.refunded + 1)
    yield world._replace(refunded=refunded), run._replace(call="mark_refunded")


@call
def mark_refunded(world: World, run: Run, guards: Guards) -> Iterator[Outcome]:
    yield moved("refund", move(world, run, guards, status="releasing"), world)


@call
def release(world: World, _: Run, guards: Guards) -> Iterator[Outcome]:
    if world.status != "releasing":
        yield world, None
    elif Guard.STOCK_WITH_STATUS in guards:
        yield world, reading(world, "close")
    else:
        yield freed(world), reading(world, "close")


@call
def close(world: World, run: Run, guards: Guards) -> Iterator[Outcome]:
    ending = world.closing_as
    after = move(world, run, guards, f"order_{ending}", status=ending)
    if after and Guard.STOCK_WITH_STATUS in guards:
        after = freed(after)
    yield moved("release", after, world)
