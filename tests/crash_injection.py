"""Crashes and errors at chosen AWS calls, and actions between two calls, without threads."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError

type Call = Callable[[BaseClient, str, dict[str, Any]], Any]
type CallObserver = Callable[[str], None]  # receives each call as ``"GetItem {"TableName": ...}"``


class SimulatedCrash(BaseException):
    """Not an ``Exception``, so that no code of the app catches it."""


@contextmanager
def crash(*, before: str = "", after: str = "") -> Iterator[None]:
    """Crash at the first call that contains all of these words. The block ends there."""
    words = before or after

    def crash_at(call: str) -> None:
        if _matches(call, words):
            raise SimulatedCrash

    try:
        with _observe_calls(crash_at if before else _ignore, crash_at if after else _ignore):
            yield
    except SimulatedCrash:
        return
    raise AssertionError(f"No call contains {words!r}.")


@contextmanager
def crash_after_call(number: int) -> Iterator[list[str]]:
    """Crash after the call with this number, counted from 1; the list then holds that call.

    A crash before a call equals a crash after the previous one: nothing happens in between.
    """
    calls: list[str] = []
    crashed_at: list[str] = []

    def crash_at(call: str) -> None:
        calls.append(call)
        if len(calls) == number:
            crashed_at.append(call)
            raise SimulatedCrash

    try:
        with _observe_calls(_ignore, crash_at):
            yield crashed_at
    except SimulatedCrash:
        return


@contextmanager
def interleave(action: Callable[[], object], *, before: str) -> Iterator[None]:
    """Run ``action`` just before the first call that contains all of these words."""
    pending = [action]

    def run_action(call: str) -> None:
        if pending and _matches(call, before):
            pending.pop()()

    with _observe_calls(run_action, _ignore):
        yield
    assert not pending, f"No call contains {before!r}."


@contextmanager
def failing_calls(words: str, code: str, message: str = "") -> Iterator[list[str]]:
    """Answer all calls that contain all of these words with an error; yields those calls."""
    failed: list[str] = []

    def fail(call: str) -> None:
        if _matches(call, words):
            failed.append(call)
            operation = call.partition(" ")[0]
            raise ClientError({"Error": {"Code": code, "Message": message}}, operation)

    with _observe_calls(fail, _ignore):
        yield failed


@contextmanager
def refused_entries(word: str, code: str) -> Iterator[list[str]]:
    """SNS refuses the messages of a batch that contain this word; yields those messages."""
    original: Call = BaseClient._make_api_call  # type: ignore[attr-defined]
    refused: list[str] = []

    def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        entries = parameters.get("PublishBatchRequestEntries", ())
        failed = [it for it in entries if word in it["Message"]]
        if not failed:
            return original(client, operation, parameters)
        refused.extend(it["Message"] for it in failed)
        others = [it for it in entries if it not in failed]
        accepted = parameters | {"PublishBatchRequestEntries": others}
        response = original(client, operation, accepted) if others else {"Successful": []}
        failures = [{"Id": it["Id"], "Code": code, "SenderFault": False} for it in failed]
        return response | {"Failed": failures}

    BaseClient._make_api_call = call  # type: ignore[attr-defined]
    try:
        yield refused
    finally:
        BaseClient._make_api_call = original  # type: ignore[attr-defined]


@contextmanager
def unanswered_entries(word: str) -> Iterator[None]:
    """SNS names the messages of a batch that contain this word in neither list of its answer."""
    original: Call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        answer = original(client, operation, parameters)
        entries = parameters.get("PublishBatchRequestEntries", ())
        missing = {it["Id"] for it in entries if word in it["Message"]}
        lists = {
            name: [it for it in answer[name] if it["Id"] not in missing]
            for name in ("Successful", "Failed")
            if name in answer
        }
        return answer | lists if missing else answer

    BaseClient._make_api_call = call  # type: ignore[attr-defined]
    try:
        yield
    finally:
        BaseClient._make_api_call = original  # type: ignore[attr-defined]


@contextmanager
def recorded_calls() -> Iterator[list[str]]:
    """Every call inside the block, in order."""
    calls: list[str] = []
    with _observe_calls(calls.append, _ignore):
        yield calls


def _matches(call: str, words: str) -> bool:
    return all(word in call for word in words.split())


def _ignore(_: str) -> None:
    return


@contextmanager
def _observe_calls(before: CallObserver, after: CallObserver) -> Iterator[None]:
    original: Call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        description = f"{operation} {json.dumps(parameters, default=str)}"
        before(description)
        response = original(client, operation, parameters)
        after(description)
        return response

    BaseClient._make_api_call = call  # type: ignore[attr-defined]
    try:
        yield
    finally:
        BaseClient._make_api_call = original  # type: ignore[attr-defined]
