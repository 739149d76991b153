"""What merchants, customers and the clock do to an order: review, decide, cancel."""

from collections.abc import Iterator

from app.orders.cancellation import PAYMENT_STARTED, UNPAID
from tests.simulation.models.order import Guard, Guards, OrderState
from tests.simulation.models.order_rules import (
    Outcome,
    Run,
    call,
    finish,
    next_step,
    read_order,
    release_stock,
    transition,
)

# app/orders/review.py


@call
def request_review(state: OrderState, _: Run, guards: Guards) -> Iterator[Outcome]:
    """A repeat replaces the task token, which no rule depends on."""
    requested = state.status == "placed" and next_step(state) == "review"
    yield state, read_order(state, "start_review") if requested else None


@call
def start_review(state: OrderState, run: Run, guards: Guards) -> Iterator[Outcome]:
    after = transition(state, run, guards, "order_review_requested", status="reviewing")
    yield finish("request_review", after, state)


@call
def expire_review(state: OrderState, run: Run, guards: Guards) -> Iterator[Outcome]:
    if state.review_overdue:
        yield from reject(state, run, guards)
    else:
        yield state, None


@call
def approve(state: OrderState, _: Run, guards: Guards) -> Iterator[Outcome]:
    undecided = state.status == "reviewing" and not state.decision
    yield state, read_order(state, "write_approval") if undecided else None


@call
def reject(state: OrderState, _: Run, guards: Guards) -> Iterator[Outcome]:
    undecided = state.status == "reviewing" and not state.decision
    yield state, read_order(state, "write_rejection") if undecided else None


@call
def write_approval(state: OrderState, run: Run, guards: Guards) -> Iterator[Outcome]:
    decision = _decide(state, "approved")
    after = transition(
        state, run, guards, "order_review_decided", status="reviewing", decision=decision
    )
    yield finish("approve", after if _is_first(state, guards) else None, state)


@call
def write_rejection(state: OrderState, run: Run, guards: Guards) -> Iterator[Outcome]:
    events = ("order_review_decided", "order_cancelled")
    decision = _decide(state, "rejected")
    closed = {"status": "cancelled", "final_status": "cancelled", "decision": decision}
    after = transition(state, run, guards, *events, **closed)
    yield finish(
        "reject", after and release_stock(after) if _is_first(state, guards) else None, state
    )


def _decide(state: OrderState, decision: str) -> str:
    """A second decision is appended to the first, so that the invariant R2 detects it."""
    return f"{state.decision}, then {decision}" if state.decision else decision


def _is_first(state: OrderState, guards: Guards) -> bool:
    return not state.decision or Guard.DECIDED_ONCE not in guards


# app/orders/cancellation.py


@call
def cancel(state: OrderState, _: Run, guards: Guards) -> Iterator[Outcome]:
    if state.status in UNPAID:
        yield state, read_order(state, "cancel_unpaid")
    elif state.status in PAYMENT_STARTED and not state.cancel_requested:
        yield state, read_order(state, "request_cancellation")
    else:
        yield state, None


@call
def cancel_unpaid(state: OrderState, run: Run, guards: Guards) -> Iterator[Outcome]:
    closed = {"status": "cancelled", "final_status": "cancelled"}
    after = transition(state, run, guards, "order_cancelled", **closed)
    yield finish("cancel", after and release_stock(after), state)


@call
def request_cancellation(state: OrderState, run: Run, guards: Guards) -> Iterator[Outcome]:
    after = transition(
        state, run, guards, "order_cancel_requested", status=run.status, cancel_requested=True
    )
    yield finish("cancel", after, state)
