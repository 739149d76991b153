"""The payment model: the protocol of ``app/payments/payment_intents.py``, and three that fail.

Three executors overlap, crash anywhere and start again. The provider forgets idempotency keys after
a day, a lease expires, and a call that timed out at its caller still arrives. The protocol consists
of calls only, with no pure rule to share: ``tests/integration/faults`` and the simulator run the
app's own functions through the same crashes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from tests.simulation.models.explorer import Explored, Step, explore

MAX_EXECUTORS = 3
NO_INTENT = -1


class Guard(StrEnum):
    """What prevents a second charge."""

    SAVED_ONCE = "the intent's id is saved once; a second executor uses the saved one"
    SAVED_FIRST = "the intent's id is saved before the intent is confirmed"
    CAPTURED_ONCE = "confirming a captured intent charges nothing"


ALL_GUARDS = frozenset(Guard)
type Guards = frozenset[Guard]


class PaymentState(NamedTuple):
    """The app's row, the provider's records, and the number of charges."""

    saved: int | None = None  # the intent in the app's row
    paid: bool = False  # according to the app's row
    created: int = 0  # the number of intents at the provider
    key: int | None = None  # the intent of the idempotency key, until the provider forgets it
    captured: frozenset[int] = frozenset()
    charges: int = 0
    in_flight: int | None = None  # a confirm that timed out at its caller
    lock: str = ""


class Run(NamedTuple):
    """An executor: its next call, and the intent of that call."""

    call: str
    intent: int = NO_INTENT


type Outcome = tuple[PaymentState, Run | None]
type Protocol = Callable[[PaymentState, Run, Guards], Iterator[Outcome]]
type State = tuple[PaymentState, tuple[Run, ...]]


def charge_with_intent(state: PaymentState, run: Run, guards: Guards) -> Iterator[Outcome]:
    """The app's protocol: create an intent, save its id once, confirm only the saved intent."""
    saved_first = Guard.SAVED_FIRST in guards
    match run.call:
        case "begin":
            yield state, _first_call(state)
        case "create":
            after = _create(state)
            yield after, Run("save" if saved_first else "confirm", after.key or 0)
        case "save":
            yield _save(state, run, guards, "confirm" if saved_first else "mark_paid")
        case "confirm":
            after = capture(state, run.intent, guards)
            yield after, run._replace(call="mark_paid" if saved_first else "save")
        case _:
            yield state._replace(paid=True), None


def _first_call(state: PaymentState) -> Run | None:
    if state.paid:
        return None
    return Run("create") if state.saved is None else Run("confirm", state.saved)


def _create(state: PaymentState) -> PaymentState:
    """The intent of the idempotency key, or a new one once the provider has forgotten the key."""
    if state.key is not None:
        return state
    return state._replace(key=state.created, created=state.created + 1)


def _save(state: PaymentState, run: Run, guards: Guards, then: str) -> Outcome:
    if state.saved is not None and Guard.SAVED_ONCE in guards:
        return state, Run("confirm", state.saved)
    return state._replace(saved=run.intent), run._replace(call=then)


def capture(state: PaymentState, intent: int, guards: Guards) -> PaymentState:
    if intent in state.captured and Guard.CAPTURED_ONCE in guards:
        return state
    return state._replace(captured=state.captured | {intent}, charges=state.charges + 1)


def check_then_charge(state: PaymentState, run: Run, _: Guards) -> Iterator[Outcome]:
    """Check whether the order is paid, charge, then mark it paid."""
    match run.call:
        case "begin":
            yield state, None if state.paid else Run("charge")
        case "charge":
            yield state._replace(charges=state.charges + 1), Run("mark_paid")
        case _:
            yield state._replace(paid=True), None


def charge_with_lock(state: PaymentState, run: Run, _: Guards) -> Iterator[Outcome]:
    """Acquire a lock that expires, so that a crashed holder cannot block forever; then charge."""
    match run.call:
        case "begin" if state.paid or state.lock == "held":
            yield state, None
        case "begin":
            yield state._replace(lock="held"), Run("charge")
        case "charge":
            yield state._replace(charges=state.charges + 1), Run("mark_paid")
        case _:
            yield state._replace(paid=True, lock=""), None


def charge_with_key(state: PaymentState, run: Run, _: Guards) -> Iterator[Outcome]:
    """Charge under an idempotency key of the provider."""
    match run.call:
        case "begin":
            yield state, None if state.paid else Run("charge")
        case "charge" if state.key is not None:
            yield state, Run("mark_paid")
        case "charge":
            yield state._replace(charges=state.charges + 1, key=0), Run("mark_paid")
        case _:
            yield state._replace(paid=True), None


@dataclass(frozen=True)
class PaymentModel:
    """Everything that can happen under a protocol with these guards."""

    protocol: Protocol
    guards: Guards = ALL_GUARDS

    def explore(self) -> Explored[State]:
        return explore([(PaymentState(), ())], self._steps, _find_violation)

    def _steps(self, state: State) -> Iterator[Step[State]]:
        for what, after in self._all_steps(*state):
            yield what, _renumber(*after)

    def _all_steps(self, state: PaymentState, runs: tuple[Run, ...]) -> Iterator[Step[State]]:
        for what, after in self._external_steps(state):
            yield what, (after, runs)
        if len(runs) < MAX_EXECUTORS:
            yield "an executor begins", (state, (*runs, Run("begin")))
        for at, run in enumerate(runs):
            others = runs[:at] + runs[at + 1 :]
            yield f"crashes before {run.call}", (state, others)
            if run.call == "confirm":
                yield "confirm gets no answer", (state._replace(in_flight=run.intent), others)
            for after, then in self.protocol(state, run, self.guards):
                yield run.call, (after, (*others, then) if then else others)

    def _external_steps(self, state: PaymentState) -> Iterator[Step[PaymentState]]:
        if state.key is not None:
            yield "the provider forgets the key", state._replace(key=None)
        if state.lock:
            yield "the lease expires", state._replace(lock="")
        if state.in_flight is not None:
            arrived = capture(state, state.in_flight, self.guards)
            yield "a late confirm arrives", arrived._replace(in_flight=None)


def _renumber(state: PaymentState, runs: tuple[Run, ...]) -> State:
    """The same state with intents renumbered; intents that no one references are dropped."""
    known = {
        state.saved,
        state.key,
        state.in_flight,
        *state.captured,
        *(run.intent for run in runs),
    }
    number: dict[int | None, int] = {
        intent: place
        for place, intent in enumerate(sorted(known - {None, NO_INTENT}))  # type: ignore[type-var]
    }
    renumbered = state._replace(
        saved=number.get(state.saved),
        key=number.get(state.key),
        in_flight=number.get(state.in_flight),
        captured=frozenset(number[intent] for intent in state.captured),
        created=len(number),
    )
    renamed_runs = (Run(run.call, number.get(run.intent, NO_INTENT)) for run in runs)
    return renumbered, tuple(sorted(renamed_runs))


def _find_violation(state: State) -> str:
    return "M1: charged twice" if state[0].charges > 1 else ""


def can_finish(state: PaymentState) -> bool:
    """Whether a single undisturbed executor marks the order paid, after one charge."""
    run: Run | None = Run("begin")
    for _ in range(10):
        if run is None:
            return state.paid and state.charges == 1
        state, run = next(charge_with_intent(state, run, ALL_GUARDS))
    return False
