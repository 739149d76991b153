"""A pytest plugin that runs the tests once, and then for each mutant those that call its function.

Each mutant is tested in a fork of the process: the imports, the emulator and the fixtures of the
session are there already. One at a time: an outage that a test injects into the emulator would fail
the tests of another process, and so kill a mutant that they do not find.
"""

import gc
import os
import queue
import signal
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import _lru_cache_wrapper
from pathlib import Path
from typing import TextIO

import pytest
from _pytest.runner import runtestprotocol
from urllib3.connectionpool import HTTPConnectionPool

from tests.code_mutation.call_recorder import CallRecorder
from tests.code_mutation.mutants import Mutant, apply_mutant

MIN_TIMEOUT = 20.0  # seconds; an endless loop is killed
SLOW_FACTOR = 6  # of the tests' own time
FAULT_OF_THE_JUDGE = 70  # an exit status beside those of the verdicts


class Verdict(IntEnum):
    """Also the exit status of the process that tests a mutant."""

    SURVIVED = 0
    KILLED = 1
    TIMED_OUT = 2
    NOT_CALLED = 3


@dataclass(frozen=True)
class MutantResult:
    """What became of a mutant, and how many tests call its function."""

    mutant: Mutant
    verdict: Verdict
    tests: int

    @property
    def is_killed(self) -> bool:
        return self.verdict in (Verdict.KILLED, Verdict.TIMED_OUT)


class MutantJudge:
    """``results`` is filled by the run. ``report_progress`` gets each result."""

    def __init__(
        self,
        mutants: Sequence[Mutant],
        report_progress: Callable[[MutantResult], None],
    ) -> None:
        self.results: list[MutantResult] = []
        self.baseline_failures: list[str] = []
        self.unrepeatable_tests: list[str] = []
        self._mutants, self._report = mutants, report_progress
        self._recorder = CallRecorder()
        self._items: dict[str, pytest.Item] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._items = {item.nodeid: item for item in session.items}
        with self._recorder.recording():
            for item, following in _with_following(session.items):
                with self._recorder.test(item.nodeid):
                    if _fails(item, following):
                        self.baseline_failures.append(item.nodeid)
        if not self.baseline_failures:
            self._leave_out_unrepeatable_tests()
            self._test_mutants()
        return True

    def _leave_out_unrepeatable_tests(self) -> None:
        """Run all tests again without a mutant, in a process as later with a mutant.

        A test that fails then, for example because it expects an empty table, judges no mutant.
        """
        with self._fork_control(list(self._items)) as names:
            self.unrepeatable_tests = sorted(names.read().splitlines())
        os.wait()
        self._recorder.leave_out(set(self.unrepeatable_tests))

    def _fork_control(self, names: Sequence[str]) -> TextIO:
        """A process that writes the names of the tests that fail. Returns where to read them."""
        reader, writer = os.pipe()
        if _fork():
            os.close(writer)
            return os.fdopen(reader)
        try:
            _be_a_child()
            items = [self._items[name] for name in names]
            with os.fdopen(writer, "w") as out:
                for name in _failing(items):
                    print(name, file=out)
        finally:
            os._exit(0)

    def _test_mutants(self) -> None:
        for mutant in self._mutants:
            tests = self._recorder.tests_of(mutant.place)
            verdict = self._verdict(mutant, tests) if tests else Verdict.NOT_CALLED
            result = MutantResult(mutant, verdict, len(tests))
            self.results.append(result)
            self._report(result)

    def _verdict(self, mutant: Mutant, tests: Sequence[str]) -> Verdict:
        """Run the tests with the mutant. A process that exceeds its deadline is stopped."""
        seconds = sum(self._recorder.durations[it] for it in tests)
        deadline = time.monotonic() + max(MIN_TIMEOUT, SLOW_FACTOR * seconds)
        pid = self._fork(mutant, tests)
        while time.monotonic() < deadline:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return verdict_of(mutant, status)
            time.sleep(0.02)
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return Verdict.TIMED_OUT

    def _fork(self, mutant: Mutant, tests: Sequence[str]) -> int:
        if pid := _fork():
            return pid
        status: int = FAULT_OF_THE_JUDGE
        try:
            _be_a_child()
            status = judge(mutant, [self._items[name] for name in tests])
        finally:
            os._exit(status)


def judge(mutant: Mutant, items: Sequence[pytest.Item]) -> Verdict:
    """Mutate the code of this process, and run the tests until one fails."""
    if not apply_mutant(mutant):
        return Verdict.NOT_CALLED
    _forget_cached_results(mutant)
    return Verdict.SURVIVED if next(_failing(items), None) is None else Verdict.KILLED


def _forget_cached_results(mutant: Mutant) -> None:
    """A cached function of the module would answer without a call of the mutated code."""
    module = mutant.path.removesuffix(".py").replace("/", ".")
    for it in gc.get_objects():
        if isinstance(it, _lru_cache_wrapper) and it.__module__ == module:
            it.cache_clear()


def verdict_of(mutant: Mutant, status: int) -> Verdict:
    """The verdict of a process. One that a signal ended, for example a crash, kills its mutant.

    Raises ``RuntimeError`` if the process came to no verdict: that says nothing about the tests.
    """
    code = os.waitstatus_to_exitcode(status)
    if code == FAULT_OF_THE_JUDGE:
        raise RuntimeError(f"The mutant could not be tested: {mutant}")
    return Verdict.KILLED if code < 0 else Verdict(code)


def _with_following(items: Sequence[pytest.Item]) -> Iterator[tuple[pytest.Item, pytest.Item]]:
    """Each test with the next one. The last is followed by itself: the session's fixtures stay."""
    return zip(items, [*items[1:], items[-1]], strict=True)


def _failing(items: Sequence[pytest.Item]) -> Iterator[str]:
    """Run the tests, and yield the names of those that fail.

    The fixtures of the last test of the parent process are torn down first, as far as they do not
    belong to the session.
    """
    items[0].session._setupstate.teardown_exact(items[0])
    for item, following in _with_following(items):
        if _fails(item, following):
            yield item.nodeid


def _fails(item: pytest.Item, following: pytest.Item) -> bool:
    item.funcargs = {}  # type: ignore[attr-defined]
    reports = runtestprotocol(item, log=False, nextitem=following)
    return any(report.failed for report in reports)


def _fork() -> int:
    with warnings.catch_warnings():  # the other threads of this process hold no lock of ours
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _be_a_child() -> None:
    os.setpgid(0, 0)
    _silence()
    _use_own_connections()


def _use_own_connections() -> None:
    """Two processes must not read the answers of one connection."""
    for pool in [it for it in gc.get_objects() if isinstance(it, HTTPConnectionPool)]:
        pool.pool = queue.LifoQueue(pool.pool.maxsize if pool.pool else 10)
        for _ in range(pool.pool.maxsize):
            pool.pool.put(None)


def _silence() -> None:
    with Path(os.devnull).open("w") as null:
        for descriptor in (1, 2):
            os.dup2(null.fileno(), descriptor)
