"""Counts the function calls of a page: its work, by a number that no other process disturbs."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

from tests.benchmarks.cost.cloud import CountingCloud

EMULATOR: CodeType = CountingCloud._dynamodb.__code__


class CallCounter:
    """Counts calls of all threads, of Python and of C, without those of the emulated DynamoDB."""

    def __init__(self) -> None:
        self.calls = 0
        self._lock = threading.Lock()
        self._emulating = threading.local()

    def profile(self, frame: FrameType, event: str, _: Any) -> None:
        if frame.f_code is EMULATOR and event in ("call", "return"):
            self._emulating.now = event == "call"
        elif event in ("call", "c_call") and not getattr(self._emulating, "now", False):
            with self._lock:
                self.calls += 1


@contextmanager
def counted_calls() -> Iterator[CallCounter]:
    """Profile the block. Coverage and debuggers use another hook, so they see nothing of it."""
    counter = CallCounter()
    before = sys.getprofile()
    threading.setprofile_all_threads(counter.profile)
    try:
        yield counter
    finally:
        threading.setprofile_all_threads(before)
