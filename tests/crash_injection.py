"""Death at a call, and others who act in between: what no schedule of threads shows reliably."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.client import BaseClient

type Call = Callable[[BaseClient, str, dict[str, Any]], Any]
type Look = Callable[[str], None]  # is told each call, like ``"GetItem {"TableName": ...}"``


class Died(BaseException):
    """Not an ``Exception``, so that nothing in the shop can catch its own death."""


@contextmanager
def dying(*, before: str = "", after: str = "") -> Iterator[None]:
    """Die at the first such call, named by some of its words; the block ends there."""
    wanted = before or after

    def die(call: str) -> None:
        if _is(call, wanted):
            raise Died

    try:
        with _looking_on(die if before else _nothing, die if after else _nothing):
            yield
    except Died:
        return
    raise AssertionError(f"There was no call like {wanted!r} to die at.")


@contextmanager
def dying_after_call(number: int) -> Iterator[list[str]]:
    """Die after the call of this number, counted from 1; the list then holds that call.

    To die before a call is to die after the one before it: nothing happens in between.
    """
    calls: list[str] = []
    fatal: list[str] = []

    def die(call: str) -> None:
        calls.append(call)
        if len(calls) == number:
            fatal.append(call)
            raise Died

    try:
        with _looking_on(_nothing, die):
            yield fatal
    except Died:
        return


@contextmanager
def meanwhile(act: Callable[[], object], *, before: str) -> Iterator[None]:
    """Somebody else acts just before the first such call is made."""
    waiting = [act]

    def let_act(call: str) -> None:
        if waiting and _is(call, before):
            waiting.pop()()

    with _looking_on(let_act, _nothing):
        yield
    assert not waiting, f"There was no call like {before!r}."


@contextmanager
def overheard() -> Iterator[list[str]]:
    """Every call that is made inside, in its order."""
    calls: list[str] = []
    with _looking_on(calls.append, _nothing):
        yield calls


def _is(call: str, wanted: str) -> bool:
    return all(word in call for word in wanted.split())


def _nothing(_: str) -> None:
    return


@contextmanager
def _looking_on(before: Look, after: Look) -> Iterator[None]:
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
