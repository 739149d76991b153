"""Letting it all happen to an order: rules started by anybody at any time, deaths, the clock."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

from tests.simulation.models import order_actors  # noqa: F401 (its calls add themselves)
from tests.simulation.models.explorer import Explored, Step, explore
from tests.simulation.models.order import ALL, Guards, World, broken_promise
from tests.simulation.models.order_rules import CALLS, PEOPLE, STEPS, Outcome, Run, captured

type Hands = tuple[Run, ...]  # those who are in the middle of something; who dies is gone
type State = tuple[World, Hands]

STARTS = (World(), World(needs_review=True))


@dataclass
class Play:
    """Everything that can happen to an order under these guards when anybody starts these rules."""

    guards: Guards = ALL
    at_once: int = 2
    rules: tuple[str, ...] = (*STEPS, *PEOPLE)
    broken: Callable[[World], str] = broken_promise
    moves: set[tuple[str, str]] = field(default_factory=set)  # which status has followed which

    def explored(self) -> Explored[State]:
        starts: list[State] = [(world, ()) for world in STARTS]
        return explore(starts, self._steps, lambda state: self.broken(state[0]))

    def _steps(self, state: State) -> Iterator[Step[State]]:
        world, hands = state
        for what, after in time_passing(world, self.guards):
            yield what, (after, hands)
        if len(hands) < self.at_once:
            for rule in self.rules:
                yield f"{rule} begins", (world, together(hands, Run(rule)))
        for run in hands:
            yield from self._going_on(world, run, without(hands, run))

    def _going_on(self, world: World, run: Run, others: Hands) -> Iterator[Step[State]]:
        yield f"dies before {run.call}", (world, others)
        if run.call == "confirm":
            yield "confirm gets no answer", (world._replace(in_flight=True), others)
        for after, then in outcomes(world, run, self.guards):
            if after.status != world.status:
                self.moves.add((world.status, after.status))
            yield run.call, (after, together(others, then) if then else others)


@cache
def outcomes(world: World, run: Run, guards: Guards) -> tuple[Outcome, ...]:
    """What this call may lead to: it can depend on nothing else."""
    return tuple(CALLS[run.call](world, run, guards))


def time_passing(world: World, guards: Guards) -> Iterator[Step[World]]:
    if world.status == "paid" and not world.packed:
        yield "the packing time is over", world._replace(packed=True)
    if world.status == "reviewing" and not world.overdue:
        yield "the time to review is over", world._replace(overdue=True)
    if world.in_flight:
        yield "a late confirm arrives", captured(world, guards)._replace(in_flight=False)


def together(hands: Hands, run: Run) -> Hands:
    """In one order, since it does not matter who is who."""
    return tuple(sorted((*hands, run)))


def without(hands: Hands, run: Run) -> Hands:
    at = hands.index(run)
    return hands[:at] + hands[at + 1 :]
