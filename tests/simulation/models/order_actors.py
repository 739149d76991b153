"""What merchants and customers may do to an order: review it, decide, cancel (`app/orders`)."""

from collections.abc import Iterator

from tests.simulation.models.order import Guard, Guards, World
from tests.simulation.models.order_rules import Outcome, Run, call, freed, move, moved, reading

# Reviewing, as app/orders/review.py does it.


@call
def ask_for_review(world: World, _: Run, guards: Guards) -> Iterator[Outcome]:
    """Asked again, only the token is new, and no rule ever looks at it."""
    asked = world.status == "placed" and world.needs_review
    yield world, reading(world, "put_before_merchants") if asked else None


@call
def put_before_merchants(world: World, run: Run, guards: Guards) -> Iterator[Outcome]:
    after = move(world, run, guards, "order_review_requested", status="reviewing")
    yield moved("ask_for_review", after, world)


@call
def decide_by_the_clock(world: World, run: Run, guards: Guards) -> Iterator[Outcome]:
    if world.overdue:
        yield from refuse(world, run, guards)
    else:
        yield world, None


@call
def approve(world: World, _: Run, guards: Guards) -> Iterator[Outcome]:
    undecided = world.status == "reviewing" and not world.decision
    yield world, reading(world, "write_approved") if undecided else None


@call
def refuse(world: World, _: Run, guards: Guards) -> Iterator[Outcome]:
    undecided = world.status == "reviewing" and not world.decision
    yield world, reading(world, "write_refused") if undecided else None


@call
def write_approved(world: World, run: Run, guards: Guards) -> Iterator[Outcome]:
    told = "order_review_decided"
    after = move(world, run, guards, told, status="reviewing", decision=_written(world, "approved"))
    yield moved("approve", after if _first(world, guards) else None, world)


@call
def write_refused(world: World, run: Run, guards: Guards) -> Iterator[Outcome]:
    told = ("order_review_decided", "order_cancelled")
    decision = _written(world, "refused")
    closed = {"status": "cancelled", "closing_as": "cancelled", "decision": decision}
    after = move(world, run, guards, *told, **closed)
    yield moved("refuse", after and freed(after) if _first(world, guards) else None, world)


def _written(world: World, decision: str) -> str:
    """A second decision over a first one shows, so that it can be seen to be wrong."""
    return f"{world.decision}, then {decision}" if world.decision else decision


def _first(world: World, guards: Guards) -> bool:
    return not world.decision or Guard.DECIDED_ONCE not in guards


# Cancelling, as app/orders/cancellation.py does it.


@call
def cancel(world: World, _: Run, guards: Guards) -> Iterator[Outcome]:
    if world.status in ("placed", "reviewing"):
        yield world, reading(world, "close_unpaid")
    elif world.status in ("paying", "paid") and not world.cancel_requested:
        yield world, reading(world, "request_to_cancel")
    else:
        yield world, None


@call
def close_unpaid(world: World, run: Run, guards: Guards) -> Iterator[Outcome]:
    closed = {"status": "cancelled", "closing_as": "cancelled"}
    after = move(world, run, guards, "order_cancelled", **closed)
    yield moved("cancel", after and freed(after), world)


@call
def request_to_cancel(world: World, run: Run, guards: Guards) -> Iterator[Outcome]:
    told = "order_cancel_requested"
    after = move(world, run, guards, told, status=run.status, cancel_requested=True)
    yield moved("cancel", after, world)
