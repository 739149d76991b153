"""What we change in the emulator's waiting is still there to change, and loses no line."""

import inspect
import sys
from collections.abc import Iterator

import pytest
from ministack.core.lambda_runtime import Worker  # type: ignore[import-untyped]

from infra.local.emulator_speed import LAST_WORD, answer_quickly


@pytest.fixture
def waiting() -> Iterator[inspect.Parameter]:
    """How long MiniStack waits of its own accord."""
    drain, turn = Worker._drain_stderr_bounded, sys.getswitchinterval()
    yield inspect.signature(drain).parameters["idle_confirm"]
    Worker._drain_stderr_bounded = drain
    sys.setswitchinterval(turn)


def test_ministack_waits_longer_for_a_further_line_than_we_do(waiting: inspect.Parameter) -> None:
    assert waiting.default > LAST_WORD


@pytest.mark.usefixtures("waiting")
def test_every_line_that_is_there_is_in_the_log() -> None:
    answer_quickly()
    worker = Worker("a-function", {}, b"")
    for line in ("one", "two", "three"):
        worker._stderr_queue.put(line)

    assert worker._drain_stderr_bounded() == "one\ntwo\nthree"
