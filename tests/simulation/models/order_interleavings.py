"""The order model's behavior: rules start at any time, interleave, crash, and time passes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

from tests.simulation.models import order_actors  # noqa: F401 (registers its calls)
from tests.simulation.models.explorer import Explored, Step, explore
from tests.simulation.models.order import ALL_GUARDS, Guards, OrderState, find_violation
from tests.simulation.models.order_rules import (
    ACTOR_RULES,
    CALLS,
    STEPS,
    Outcome,
    Run,
    captured,
)

type Runs = tuple[Run, ...]  # the rules that have started and not ended, sorted
type State = tuple[OrderState, Runs]

STARTS = (OrderState(), OrderState(needs_review=True))


@dataclass
class OrderModel:
    """Everything that can happen to an order when these rules start at any time."""

    guards: Guards = ALL_GUARDS
    concurrency: int = 2
    rules: tuple[str, ...] = (*STEPS, *ACTOR_RULES)
    invariant: Callable[[OrderState], str] = find_violation
    transitions: set[tuple[str, str]] = field(default_factory=set)  # from status, to status

    def explore(self) -> Explored[State]:
        starts: list[State] = [(state, ()) for state in STARTS]
        return explore(starts, self._steps, lambda state: self.invariant(state[0]))

    def _steps(self, state: State) -> Iterator[Step[State]]:
        order, runs = state
        for what, after in time_steps(order, self.guards):
            yield what, (after, runs)
        if len(runs) < self.concurrency:
            for rule in self.rules:
                yield f"{rule} begins", (order, add_run(runs, Run(rule)))
        for run in runs:
            yield from self._continue(order, run, remove_run(runs, run))

    def _continue(self, order: OrderState, run: Run, others: Runs) -> Iterator[Step[State]]:
        yield f"crashes before {run.call}", (order, others)
        if run.call == "confirm":
            yield "confirm gets no answer", (order._replace(confirm_in_flight=True), others)
        for after, then in outcomes(order, run, self.guards):
            if after.status != order.status:
                self.transitions.add((order.status, after.status))
            yield run.call, (after, add_run(others, then) if then else others)


@cache
def outcomes(order: OrderState, run: Run, guards: Guards) -> tuple[Outcome, ...]:
    """The possible outcomes of a run's next call."""
    return tuple(CALLS[run.call](order, run, guards))


def time_steps(order: OrderState, guards: Guards) -> Iterator[Step[OrderState]]:
    if order.status == "paid" and not order.packed:
        yield "the packing time is over", order._replace(packed=True)
    if order.status == "reviewing" and not order.review_overdue:
        yield "the review is overdue", order._replace(review_overdue=True)
    if order.confirm_in_flight:
        after = captured(order, guards)._replace(confirm_in_flight=False)
        yield "a late confirm arrives", after


def add_run(runs: Runs, run: Run) -> Runs:
    """Sorted, because the order of concurrent runs does not matter."""
    return tuple(sorted((*runs, run)))


def remove_run(runs: Runs, run: Run) -> Runs:
    at = runs.index(run)
    return runs[:at] + runs[at + 1 :]
