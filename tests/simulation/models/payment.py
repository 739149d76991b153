"""Taking money once: the protocol of `app/payments/payment_intents.py` and three that look as good.

Three executors overlap, die anywhere and begin again; the provider forgets keys after a day; a
lease runs out; a call that nobody waits for any more arrives all the same.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from tests.simulation.models.explorer import Explored, Step, explore

EXECUTORS = 3
NO_INTENT = -1


class Guard(StrEnum):
    """What keeps the money from moving twice."""

    WRITTEN_ONCE = "the intent's id is written once; who comes second uses the first one's"
    WRITTEN_FIRST = "the intent's id is written before the intent is confirmed"
    CONFIRMED_ONCE = "confirming an intent that is captured moves nothing"


ALL = frozenset(Guard)
type Guards = frozenset[Guard]


class World(NamedTuple):
    """Our row, what the provider remembers, and how often money moved."""

    written: int | None = None  # the intent in our row
    paid: bool = False  # our row says that it is paid
    created: int = 0  # so many intents are known to the provider
    key: int | None = None  # what it answers to our key, until it forgets
    captured: frozenset[int] = frozenset()
    charges: int = 0
    in_flight: int | None = None  # a confirm that nobody waits for
    lock: str = ""


class Run(NamedTuple):
    """Somebody in the middle of it: the call that comes next, and the intent that it is about."""

    call: str
    intent: int = NO_INTENT


type Outcome = tuple[World, Run | None]
type Protocol = Callable[[World, Run, Guards], Iterator[Outcome]]
type State = tuple[World, tuple[Run, ...]]


def with_intent(world: World, run: Run, guards: Guards) -> Iterator[Outcome]:
    """Ours: announce an intent, write its id down once, confirm that intent and no other."""
    written_first = Guard.WRITTEN_FIRST in guards
    match run.call:
        case "begin":
            yield world, _beginning(world)
        case "create":
            after = _created(world)
            yield after, Run("write" if written_first else "confirm", after.key or 0)
        case "write":
            yield _written(world, run, guards, "confirm" if written_first else "note")
        case "confirm":
            after = confirmed(world, run.intent, guards)
            yield after, run._replace(call="note" if written_first else "write")
        case _:
            yield world._replace(paid=True), None


def _beginning(world: World) -> Run | None:
    if world.paid:
        return None
    return Run("create") if world.written is None else Run("confirm", world.written)


def _created(world: World) -> World:
    """The provider's answer to our key; an intent that is new when it knows the key no more."""
    if world.key is not None:
        return world
    return world._replace(key=world.created, created=world.created + 1)


def _written(world: World, run: Run, guards: Guards, then: str) -> Outcome:
    if world.written is not None and Guard.WRITTEN_ONCE in guards:
        return world, Run("confirm", world.written)
    return world._replace(written=run.intent), run._replace(call=then)


def confirmed(world: World, intent: int, guards: Guards) -> World:
    if intent in world.captured and Guard.CONFIRMED_ONCE in guards:
        return world
    return world._replace(captured=world.captured | {intent}, charges=world.charges + 1)


def looking_first(world: World, run: Run, _: Guards) -> Iterator[Outcome]:
    """Look whether it is paid, charge, write that it is paid."""
    match run.call:
        case "begin":
            yield world, None if world.paid else Run("charge")
        case "charge":
            yield world._replace(charges=world.charges + 1), Run("note")
        case _:
            yield world._replace(paid=True), None


def with_lock(world: World, run: Run, _: Guards) -> Iterator[Outcome]:
    """Take a lock that expires, so that a dead holder does not block for ever; then charge."""
    match run.call:
        case "begin" if world.paid or world.lock == "held":
            yield world, None
        case "begin":
            yield world._replace(lock="held"), Run("charge")
        case "charge":
            yield world._replace(charges=world.charges + 1), Run("note")
        case _:
            yield world._replace(paid=True, lock=""), None


def with_key(world: World, run: Run, _: Guards) -> Iterator[Outcome]:
    """Charge under an idempotency key of the provider."""
    match run.call:
        case "begin":
            yield world, None if world.paid else Run("charge")
        case "charge" if world.key is not None:
            yield world, Run("note")
        case "charge":
            yield world._replace(charges=world.charges + 1, key=0), Run("note")
        case _:
            yield world._replace(paid=True), None


@dataclass(frozen=True)
class Play:
    """Everything that can happen under a protocol with some of its guards."""

    protocol: Protocol
    guards: Guards = ALL

    def explored(self) -> Explored[State]:
        return explore([(World(), ())], self._steps, _broken)

    def _steps(self, state: State) -> Iterator[Step[State]]:
        for what, after in self._all_steps(*state):
            yield what, _without_the_forgotten(*after)

    def _all_steps(self, world: World, runs: tuple[Run, ...]) -> Iterator[Step[State]]:
        for what, after in self._elsewhere(world):
            yield what, (after, runs)
        if len(runs) < EXECUTORS:
            yield "somebody begins", (world, (*runs, Run("begin")))
        for at, run in enumerate(runs):
            others = runs[:at] + runs[at + 1 :]
            yield f"dies before {run.call}", (world, others)
            if run.call == "confirm":
                yield "confirm gets no answer", (world._replace(in_flight=run.intent), others)
            for after, then in self.protocol(world, run, self.guards):
                yield run.call, (after, (*others, then) if then else others)

    def _elsewhere(self, world: World) -> Iterator[Step[World]]:
        if world.key is not None:
            yield "the provider forgets the key", world._replace(key=None)
        if world.lock:
            yield "the lease runs out", world._replace(lock="")
        if world.in_flight is not None:
            arrived = confirmed(world, world.in_flight, self.guards)
            yield "a late confirm arrives", arrived._replace(in_flight=None)


def _without_the_forgotten(world: World, runs: tuple[Run, ...]) -> State:
    """The same state, its intents numbered anew: those that nobody knows any more cannot matter."""
    known = {
        world.written,
        world.key,
        world.in_flight,
        *world.captured,
        *(it.intent for it in runs),
    }
    number: dict[int | None, int] = {
        it: place
        for place, it in enumerate(sorted(known - {None, NO_INTENT}))  # type: ignore[type-var]
    }
    renumbered = world._replace(
        written=number.get(world.written),
        key=number.get(world.key),
        in_flight=number.get(world.in_flight),
        captured=frozenset(number[it] for it in world.captured),
        created=len(number),
    )
    return renumbered, tuple(sorted(Run(it.call, number.get(it.intent, NO_INTENT)) for it in runs))


def _broken(state: State) -> str:
    return "M1: charged twice" if state[0].charges > 1 else ""


def can_be_paid(world: World) -> bool:
    """Whether one executor, left alone, brings it to "paid" from here."""
    run: Run | None = Run("begin")
    for _ in range(10):
        if run is None:
            return world.paid and world.charges == 1
        world, run = next(with_intent(world, run, ALL))
    return False
