"""The shortened delays still exist in MiniStack, and no log line is lost."""

import inspect
import sys
from collections.abc import Iterator

import pytest
from ministack.core.lambda_runtime import Worker  # type: ignore[import-untyped]

from infra.local.emulator_speed import LOG_IDLE_SECONDS, shorten_waits


@pytest.fixture
def idle_confirm() -> Iterator[inspect.Parameter]:
    """MiniStack's own delay; restores it after the test."""
    drain, interval = Worker._drain_stderr_bounded, sys.getswitchinterval()
    yield inspect.signature(drain).parameters["idle_confirm"]
    Worker._drain_stderr_bounded = drain
    sys.setswitchinterval(interval)


def test_ministack_waits_longer_for_log_lines_than_we_do(
    idle_confirm: inspect.Parameter,
) -> None:
    assert idle_confirm.default > LOG_IDLE_SECONDS


@pytest.mark.usefixtures("idle_confirm")
def test_all_written_lines_are_in_the_log() -> None:
    shorten_waits()
    worker = Worker("a-function", {}, b"")
    for line in ("one", "two", "three"):
        worker._stderr_queue.put(line)

    assert worker._drain_stderr_bounded() == "one\ntwo\nthree"
