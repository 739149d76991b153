"""The model of a return's refund: the protocol of ``app/returns/refunds.py``, crashes included.

The web function and the reconciler overlap, crash and start again. A call that timed out at its
caller still arrives, and the provider forgets an idempotency key after a day: later than any
function that has read it can live, as a function has 15 minutes. The calls have no pure rule to
share; the simulator runs the app's own functions through the same crashes.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from tests.simulation.models.explorer import Explored, Step, explore

MAX_EXECUTORS = 2


class Guard(StrEnum):
    """What keeps a return from being refunded or restocked twice."""

    LOOKED_UP = "the provider is asked for an earlier refund of this return first"
    SAME_KEY = "all attempts have the idempotency key that is derived from the return"
    RECORDED_ONCE = "the record is conditional on the status that was read"
    ONE_TRANSACTION = "the units are restocked in the transaction that records the refund"


type Guards = frozenset[Guard]
ALL_GUARDS: Guards = frozenset(Guard)


class ReturnState(NamedTuple):
    """The return's row, the provider's records, and the stock."""

    recorded: bool = False
    refunds: int = 0  # at the provider
    key: bool = False  # the provider knows the key of the first refund
    in_flight: bool = False  # a refund request that timed out at its caller
    restocked: int = 0
    events: int = 0


class Run(NamedTuple):
    """An executor: its next call, and what it has read."""

    call: str
    restocks: bool = True


type Outcome = tuple[ReturnState, Run | None]
type State = tuple[ReturnState, tuple[Run, ...]]


def next_outcomes(state: ReturnState, run: Run, guards: Guards) -> Iterator[Outcome]:
    """``refund_return``, call by call."""
    match run.call:
        case "begin" if state.recorded:
            yield state, None
        case "begin":
            yield state, Run("retrieve" if Guard.LOOKED_UP in guards else "refund")
        case "retrieve":
            yield state, Run(_after_refund(guards) if state.refunds else "refund")
        case "refund":
            yield refund(state, guards), Run(_after_refund(guards))
        case "restock":
            yield state._replace(restocked=state.restocked + 1), Run("record", restocks=False)
        case _:
            yield _record(state, run, guards), None


def _after_refund(guards: Guards) -> str:
    return "record" if Guard.ONE_TRANSACTION in guards else "restock"


def refund(state: ReturnState, guards: Guards) -> ReturnState:
    """The provider's side: a request with a known key changes nothing."""
    if state.key and Guard.SAME_KEY in guards:
        return state
    return state._replace(refunds=state.refunds + 1, key=True)


def _record(state: ReturnState, run: Run, guards: Guards) -> ReturnState:
    if state.recorded and Guard.RECORDED_ONCE in guards:
        return state
    restocked = state.restocked + (1 if run.restocks else 0)
    return state._replace(recorded=True, restocked=restocked, events=state.events + 1)


def find_violation(state: State) -> str:
    row, _ = state
    if row.refunds > 1:
        return "RT2: refunded twice"
    if row.restocked > 1:
        return "S3: restocked twice"
    if row.events > 1:
        return "RT4: two events"
    if row.recorded and not row.refunds:
        return "RT2: recorded without a refund"
    return ""


def steps(state: State, guards: Guards) -> Iterator[Step[State]]:
    row, runs = state
    yield from _provider_steps(row, runs, guards)
    if len(runs) < MAX_EXECUTORS:
        yield "an attempt begins", (row, _sorted(*runs, Run("begin")))
    for at, run in enumerate(runs):
        others = runs[:at] + runs[at + 1 :]
        yield f"crashes before {run.call}", (row, others)
        if run.call == "refund":
            yield "the refund gets no answer", (row._replace(in_flight=True), others)
        for after, then in next_outcomes(row, run, guards):
            yield run.call, (after, _sorted(*others, then) if then else others)


def _provider_steps(
    row: ReturnState, runs: tuple[Run, ...], guards: Guards
) -> Iterator[Step[State]]:
    if row.in_flight:
        yield "a late request arrives", (refund(row, guards)._replace(in_flight=False), runs)
    if row.key and not row.in_flight and not any(it.call == "refund" for it in runs):
        yield "the provider forgets the key", (row._replace(key=False), runs)


def _sorted(*runs: Run) -> tuple[Run, ...]:
    return tuple(sorted(runs))


def explore_returns(guards: Guards = ALL_GUARDS) -> Explored[State]:
    return explore([(ReturnState(), ())], lambda state: steps(state, guards), find_violation)


def can_finish(row: ReturnState) -> bool:
    """Whether one undisturbed attempt ends the return, refunded and restocked once."""
    run: Run | None = Run("begin")
    while run is not None:
        row, run = next(next_outcomes(row, run, ALL_GUARDS))
    return row._replace(key=False, in_flight=False) == ReturnState(
        recorded=True, refunds=1, restocked=1, events=1
    )
