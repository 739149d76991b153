"""Records which functions each test calls, with the monitoring of CPython (PEP 669)."""

import sys
import time
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from types import CodeType

from infra.build.bundles import ROOT

PREFIX = f"{ROOT}/"
TOOL_ID = sys.monitoring.PROFILER_ID

type Place = tuple[str, str]  # the path of a module and the qualified name of its function


class CallRecorder:
    """``durations`` has the seconds of each test; ``tests_of`` the tests that call a function."""

    def __init__(self) -> None:
        self.durations: dict[str, float] = {}
        self._tests: dict[Place, set[str]] = defaultdict(set)
        self._current: set[Place] = set()

    @contextmanager
    def recording(self) -> Iterator[None]:
        monitoring, event = sys.monitoring, sys.monitoring.events.PY_START
        monitoring.use_tool_id(TOOL_ID, "mutation test")
        monitoring.register_callback(TOOL_ID, event, self._called)
        monitoring.set_events(TOOL_ID, event)
        try:
            yield
        finally:
            monitoring.set_events(TOOL_ID, 0)
            monitoring.free_tool_id(TOOL_ID)

    @contextmanager
    def test(self, name: str) -> Iterator[None]:
        self._current = set()
        sys.monitoring.restart_events()
        started = time.perf_counter()
        yield
        self.durations[name] = time.perf_counter() - started
        for place in self._current:
            self._tests[place].add(name)

    def tests_of(self, place: Place) -> list[str]:
        """The tests that call the function, the fastest first."""
        return sorted(self._tests[place], key=self.durations.__getitem__)

    def leave_out(self, names: Collection[str]) -> None:
        """Forget these tests."""
        for tests in self._tests.values():
            tests.difference_update(names)

    def _called(self, code: CodeType, _: int) -> object:
        """Once for each function and test: ``DISABLE`` lasts until ``restart_events``."""
        if code.co_filename.startswith(PREFIX):
            self._current.add((code.co_filename.removeprefix(PREFIX), code.co_qualname))
        return sys.monitoring.DISABLE
