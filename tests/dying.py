"""Death at a call: the process ends just before AWS hears of something, or just after."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.client import BaseClient

type Call = Callable[[BaseClient, str, dict[str, Any]], Any]


class Died(BaseException):
    """Not an ``Exception``, so that nothing in the shop can catch its own death."""


@contextmanager
def dying(*, before: str = "", after: str = "") -> Iterator[None]:
    """Die at the first such call, named like ``"GetItem payment"``; the block ends there."""
    wanted = (before or after).split()

    def is_it(described: str) -> bool:
        return all(word in described for word in wanted)

    try:
        with _watched(lambda _, described: is_it(described), after=bool(after)):
            yield
    except Died:
        return
    raise AssertionError(f"There was no call like {before or after!r} to die at.")


@contextmanager
def dying_at(number: int, *, after: bool) -> Iterator[list[str]]:
    """Die at the call of this number, counted from 1; the list tells which call it was, if any."""
    fatal: list[str] = []

    def is_it(count: int, described: str) -> bool:
        if count == number:
            fatal.append(described)
        return count == number

    try:
        with _watched(is_it, after=after):
            yield fatal
    except Died:
        return


@contextmanager
def _watched(fatal: Callable[[int, str], bool], *, after: bool) -> Iterator[None]:
    original: Call = BaseClient._make_api_call  # type: ignore[attr-defined]
    count = 0

    def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        nonlocal count
        count += 1
        dies_here = fatal(count, f"{operation} {json.dumps(parameters, default=str)}")
        if dies_here and not after:
            raise Died
        answer = original(client, operation, parameters)
        if dies_here:
            raise Died
        return answer

    BaseClient._make_api_call = call  # type: ignore[attr-defined]
    try:
        yield
    finally:
        BaseClient._make_api_call = original  # type: ignore[attr-defined]
