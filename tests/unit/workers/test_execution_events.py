"""Executions that ended: whether one failed before it could try its first step."""

import pytest

from workers.execution_events import MIN_RUN_MS, WorkflowExecution

START = 1_938_945_600_000


def an_execution(duration: int | None, status: str = "FAILED") -> WorkflowExecution:
    stop = None if duration is None else START + duration
    return WorkflowExecution(name="01ORDER", status=status, start_date=START, stop_date=stop)


@pytest.mark.parametrize(
    ("duration", "at_once"), [(0, True), (MIN_RUN_MS - 1, True), (MIN_RUN_MS, False), (None, False)]
)
def test_failed_execution_ended_at_once_if_it_was_too_short(
    duration: int | None, at_once: bool
) -> None:
    assert an_execution(duration).ended_at_once is at_once


@pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT", "SUCCEEDED"])
def test_only_a_failed_execution_ends_at_once(status: str) -> None:
    assert not an_execution(0, status).ended_at_once
