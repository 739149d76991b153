"""Death at a call, and others who act in between: what no schedule of threads shows reliably."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.client import BaseClient

type Call = Callable[[BaseClient, str, dict[str, Any]], Any]
type CallObserver = Callable[[str], None]  # is told each call, like ``"GetItem {"TableName": ...}"``


class SimulatedCrash(BaseException):
    """Not an ``Exception``, so that nothing in the shop can catch its own death."""


@contextmanager
def crash(*, before: str = "", after: str = "") -> Iterator[None]:
    """Die at the first such call, named by some of its words; the block ends there."""
    wanted = before or after

    def die(call: str) -> None:
        if _matches(call, wanted):
            raise SimulatedCrash

    try:
        with _observe_calls(die if before else _ignore, die if after else _ignore):
            yield
    except SimulatedCrash:
        return
    raise AssertionError(f"There was no call like {wanted!r} to die at.")


@contextmanager
def crash_after_call(number: int) -> Iterator[list[str]]:
    """Die after the call of this number, counted from 1; the list then holds that call.

    To die before a call is to die after the one before it: nothing happens in between.
    """
    calls: list[str] = []
    fatal: list[str] = []

    def die(call: str) -> None:
        calls.append(call)
        if len(calls) == number:
            fatal.append(call)
            raise SimulatedCrash

    try:
        with _observe_calls(_ignore, die):
            yield fatal
    except SimulatedCrash:
        return


@contextmanager
def interleave(act: Callable[[], object], *, before: str) -> Iterator[None]:
    """Somebody else acts just before the first such call is made."""
    waiting = [act]

    def let_act(call: str) -> None:
        if waiting and _matches(call, before):
            waiting.pop()()

    with _observe_calls(let_act, _ignore):
        yield
    assert not waiting, f"There was no call like {before!r}."


@contextmanager
def recorded_calls() -> Iterator[list[str]]:
    """Every call that is made inside, in its order."""
    calls: list[str] = []
    with _observe_calls(calls.append, _ignore):
        yield calls


def _matches(call: str, wanted: str) -> bool:
    return all(word in call for word in wanted.split())


def _ignore(_: str) -> None:
    return


@contextmanager
def _observe_calls(before: CallObserver, after: CallObserver) -> Iterator[None]:
    original: Call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        described = f"{operation} {json.dumps(parameters, default=str)}"
        before(described)
        answer = original(client, operation, parameters)
        after(described)
        return answer

    BaseClient._make_api_call = call  # type: ignore[attr-defined]
    try:
        yield
    finally:
        BaseClient._make_api_call = original  # type: ignore[attr-defined]
