"""What is made faster still exists in MiniStack, and no log line is lost."""

import inspect
import sys
from collections.abc import Iterator

import pytest
from ministack.core.lambda_runtime import Worker  # type: ignore[import-untyped]
from ministack.services import cloudwatch_logs  # type: ignore[import-untyped]

from infra.local.emulator_speed import (
    LOG_IDLE_SECONDS,
    search_phrases_fast,
    shorten_waits,
)


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


@pytest.fixture
def compile_pattern() -> Iterator[None]:
    original = cloudwatch_logs._compile_filter_pattern
    search_phrases_fast()
    yield
    cloudwatch_logs._compile_filter_pattern = original


@pytest.mark.usefixtures("compile_pattern")
@pytest.mark.parametrize(
    ("pattern", "message", "matches"),
    [
        ('"01J0ORDER"', "charged 01J0ORDER", True),
        ('"01J0ORDER"', "charged 01j0order", False),
        ('"01J0ORDER"', "charged 01J0OTHER", False),
        ('"a phrase"', "has a phrase", True),  # MiniStack's own way
        ("", "anything", True),
    ],
)
def test_log_search_finds_a_quoted_phrase(pattern: str, message: str, matches: bool) -> None:
    assert cloudwatch_logs._compile_filter_pattern(pattern)(message) is matches
