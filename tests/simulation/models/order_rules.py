"""The rules of ``app/orders`` as chains of calls, each of which may be the last before a crash.

The pure parts are the app's own functions: the allowed transitions, the next step, and whether an
order may ship or be cancelled.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from app.orders.models import OrderStatus
from app.orders.next_step import step_for
from app.orders.shipping import is_ready_to_ship
from app.orders.transitions import require_allowed
from tests.builders import NOON
from tests.simulation.models.order import ALL_GUARDS, Guard, Guards, OrderState


class Run(NamedTuple):
    """A rule that has started: its next call, and the order's row as it was read."""

    call: str
    status: str = ""
    event_count: int = 0
    cancel_requested: bool = False


type Outcome = tuple[OrderState, Run | None]  # ``None``: the rule has ended
type Call = Callable[[OrderState, Run, Guards], Iterator[Outcome]]

CALLS: dict[str, Call] = {}
# Started by a workflow, its retry, an outdated execution, a restart or a worker: by any run, at any
# time. Their numbers are in ``workflow_runs.py``.
STEPS = ("charge", "ship", "refund", "release", "request_review", "expire_review")
AFTER_START = {"paying": "settle_payment", "shipping": "collect"}
ACTOR_RULES = ("cancel", "approve", "reject")


def call(rule: Call) -> Call:
    CALLS[rule.__name__] = rule
    return rule


def next_step(state: OrderState) -> str:
    """The app's next step for this state."""
    return step_for(
        OrderStatus(state.status),
        awaits_approval=state.needs_review and state.decision != "approved",
        cancel_requested=state.cancel_requested,
    )


def read_order(state: OrderState, then: str) -> Run:
    return Run(then, state.status, state.event_count, state.cancel_requested)


def transition(
    state: OrderState, run: Run, guards: Guards, *events: str, **changes: Any
) -> OrderState | None:
    """The conditional write of ``app/orders/transitions.py``; None if its condition failed.

    Events are numbered from the count that was read, as the app does. With all guards, a transition
    that the app's table does not contain raises ``ValueError``.
    """
    if Guard.SAME_STATUS in guards and state.status != run.status:
        return None
    if Guard.SAME_EVENTS in guards and state.event_count != run.event_count:
        return None
    if guards == ALL_GUARDS and changes.get("status", run.status) != run.status:
        require_allowed(OrderStatus(run.status), OrderStatus(changes["status"]))
    appended = {(run.event_count + place, event) for place, event in enumerate(events, 1)}
    if Guard.EVENT_APPENDED_ONCE in guards and appended & state.events:
        return None
    count = run.event_count + len(events) if events else state.event_count
    return state._replace(event_count=count, events=state.events | appended, **changes)


def transition_at_once(state: OrderState, before: str, to: str) -> Outcome | None:
    """The write of ``app/orders/transitions.py`` for a row that was not read; None if it fails.

    Its condition is about the row as it is: a rule that calls this has met its own part of it.
    """
    if state.status != before:
        return None
    require_allowed(OrderStatus(before), OrderStatus(to))
    after = state._replace(status=to)
    return after, read_order(after, AFTER_START[to])


def finish(
    rule: str, after: OrderState | None, before: OrderState, then: str | None = None
) -> Outcome:
    """Continue with the new row. After a failed condition the rule starts again."""
    if after is None:
        return before, Run(rule)
    return after, read_order(after, then) if then else None


def release_stock(state: OrderState) -> OrderState:
    return state._replace(available=state.available + 1, reserved=state.reserved - 1)


# app/orders/payment.py and app/payments/payment_intents.py


@call
def charge(state: OrderState, _: Run, guards: Guards) -> Iterator[Outcome]:
    """Write first; a late check of the order makes the write fail, whatever the status is."""
    if not state.needs_review or Guard.APPROVED_FIRST not in guards:
        yield from filter(None, [transition_at_once(state, "placed", "paying")])
    yield state, Run("read_and_charge")


@call
def read_and_charge(state: OrderState, _: Run, guards: Guards) -> Iterator[Outcome]:
    if state.status in ("placed", "reviewing"):
        if next_step(state) == "charge" or Guard.APPROVED_FIRST not in guards:
            yield state, read_order(state, "start_paying")
        else:
            yield state, None
    elif state.status == "paying":
        yield state, read_order(state, "settle_payment")
    else:
        yield state, None


@call
def start_paying(state: OrderState, run: Run, guards: Guards) -> Iterator[Outcome]:
    after = transition(state, run, guards, status="paying")
    yield finish("charge", after, state, "settle_payment")


@call
def settle_payment(state: OrderState, run: Run, _: Guards) -> Iterator[Outcome]:
    """There is one intent (``payment.py`` proves it): confirm it, or void it."""
    if run.status != "paying":
        yield state, None
    else:
        yield state, run._replace(call="void" if run.cancel_requested else "confirm")


@call
def confirm(state: OrderState, run: Run, guards: Guards) -> Iterator[Outcome]:
    if state.intent == "void" and Guard.VOID_IS_FINAL in guards:
        yield state, run._replace(call="mark_unpaid")
        return
    yield captured(state, guards), run._replace(call="mark_paid")
    if state.intent == "open":
        declined = run._replace(call="void" if Guard.VOID_FIRST in guards else "mark_unpaid")
        yield state, declined
        yield captured(state, guards), declined  # captured, and the answer says declined


def captured(state: OrderState, guards: Guards) -> OrderState:
    if state.intent == "void" and Guard.VOID_IS_FINAL in guards:
        return state
    again = state.intent == "captured" and Guard.CAPTURED_ONCE in guards
    return state._replace(intent="captured", captures=min(2, state.captures + (not again)))


@call
def void(state: OrderState, run: Run, guards: Guards) -> Iterator[Outcome]:
    if state.intent == "captured":
        then = "mark_paid" if Guard.LATE_CAPTURE_COUNTS in guards else "mark_unpaid"
        yield state, run._replace(call=then)
    else:
        yield state._replace(intent="void"), run._replace(call="mark_unpaid")


@call
def mark_paid(state: OrderState, run: Run, guards: Guards) -> Iterator[Outcome]:
    yield finish("charge", transition(state, run, guards, "order_paid", status="paid"), state)


@call
def mark_unpaid(state: OrderState, run: Run, guards: Guards) -> Iterator[Outcome]:
    final_status = "cancelled" if run.cancel_requested else "declined"
    after = transition(state, run, guards, status="releasing", final_status=final_status)
    yield finish("charge", after, state)


# app/orders/shipping.py


@call
def ship(state: OrderState, _: Run, guards: Guards) -> Iterator[Outcome]:
    """As ``charge``: write first."""
    if _may_ship(state, guards) and Guard.TRANSITION_BEFORE_CARRIER in guards:
        yield from filter(None, [transition_at_once(state, "paid", "shipping")])
    yield state, Run("read_and_ship")


@call
def read_and_ship(state: OrderState, _: Run, guards: Guards) -> Iterator[Outcome]:
    if state.status == "paid" and _may_ship(state, guards):
        first_transition = Guard.TRANSITION_BEFORE_CARRIER in guards
        yield state, read_order(state, "start_shipping" if first_transition else "collect")
    elif state.status == "shipping":
        yield state, read_order(state, "collect")
    else:
        yield state, None


def _may_ship(state: OrderState, guards: Guards) -> bool:
    """The app's rule. A guard that is taken away counts as satisfied."""
    packed = state.packed or Guard.PACKED_FIRST not in guards
    return is_ready_to_ship(
        packing_until=NOON if packed else NOON + timedelta(seconds=1),
        cancel_requested=state.cancel_requested and Guard.CANCEL_BARS_SHIPPING in guards,
        now=NOON,
    )


@call
def start_shipping(state: OrderState, run: Run, guards: Guards) -> Iterator[Outcome]:
    after = transition(state, run, guards, status="shipping") if _may_ship(state, guards) else None
    yield finish("ship", after, state, "collect")


@call
def collect(state: OrderState, run: Run, guards: Guards) -> Iterator[Outcome]:
    """The carrier takes the parcel, or refuses it for good."""
    known_answer = Guard.CARRIER_IS_FINAL in guards and state.carrier_answer
    for answer in (known_answer,) if known_answer else ("taken", "refused"):
        sent = state.parcel_sent or answer == "taken"
        then = "mark_shipped" if answer == "taken" else "start_refund_of_undeliverable"
        yield state._replace(carrier_answer=answer, parcel_sent=sent), run._replace(call=then)


@call
def mark_shipped(state: OrderState, run: Run, guards: Guards) -> Iterator[Outcome]:
    stock = {"reserved": state.reserved - 1, "sold": state.sold + 1}
    after = transition(state, run, guards, "order_shipped", status="shipped", **stock)
    yield finish("ship", after, state)


@call
def start_refund_of_undeliverable(state: OrderState, run: Run, guards: Guards) -> Iterator[Outcome]:
    after = transition(state, run, guards, status="refunding", final_status="cancelled")
    yield finish("ship", after, state)


# app/orders/compensation.py


@call
def refund(state: OrderState, _: Run, guards: Guards) -> Iterator[Outcome]:
    if state.status == "paid" and next_step(state) == "refund":
        yield state, read_order(state, "start_refund")
    elif state.status == "refunding":
        yield state, read_order(state, "refund_payment")
    else:
        yield state, None


@call
def start_refund(state: OrderState, run: Run, guards: Guards) -> Iterator[Outcome]:
    status = "refunding" if Guard.REFUND_FIRST in guards else "releasing"
    after = transition(state, run, guards, status=status, final_status="cancelled")
    yield finish("refund", after, state, "refund_payment" if status == "refunding" else None)


@call
def refund_payment(state: OrderState, run: Run, guards: Guards) -> Iterator[Outcome]:
    again = state.refunds and Guard.REFUNDED_ONCE in guards
    refunds = state.refunds if again else min(2, state.refunds + 1)
    yield state._replace(refunds=refunds), run._replace(call="mark_refunded")


@call
def mark_refunded(state: OrderState, run: Run, guards: Guards) -> Iterator[Outcome]:
    yield finish("refund", transition(state, run, guards, status="releasing"), state)


@call
def release(state: OrderState, _: Run, guards: Guards) -> Iterator[Outcome]:
    if state.status != "releasing":
        yield state, None
    elif Guard.STOCK_WITH_STATUS in guards:
        yield state, read_order(state, "close")
    else:
        yield release_stock(state), read_order(state, "close")


@call
def close(state: OrderState, run: Run, guards: Guards) -> Iterator[Outcome]:
    status = state.final_status
    after = transition(state, run, guards, f"order_{status}", status=status)
    if after and Guard.STOCK_WITH_STATUS in guards:
        after = release_stock(after)
    yield finish("release", after, state)
