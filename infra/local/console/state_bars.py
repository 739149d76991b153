"""The rows of the waterfall for the states of the workflow."""

from collections.abc import Iterator
from datetime import UTC, datetime

from infra.local.console.executions import Execution, StateVisit
from infra.local.console.log_records import pretty
from infra.local.console.waterfall import Bar


def state_bars(executions: list[Execution], now: datetime) -> Iterator[Bar]:
    """A bar for each visit of a state that took time: choices take none."""
    for execution in executions:
        for number, visit in enumerate(execution.states):
            if visit.kind in ("Task", "Wait", "Parallel", "Map"):
                yield _state_bar(execution, number, visit, now)


def _note(execution: Execution, number: int, visit: StateVisit) -> str:
    return f"Catch leads to {execution.after(number)}" if visit.route else ""


def _state_bar(execution: Execution, number: int, visit: StateVisit, now: datetime) -> Bar:
    running = visit.left_at is None and execution.status == "RUNNING"
    end = visit.left_at or (now if running else visit.entered_at)
    return Bar(
        anchor=f"state-{execution.name}-{number}",
        label=visit.name,
        kind=visit.kind.lower(),
        started=visit.entered_at.astimezone(UTC),
        milliseconds=(end - visit.entered_at).total_seconds() * 1000,
        error=visit.errors[-1].partition(":")[0] if visit.errors else "",
        attempt=max(1, visit.attempts),
        note=_note(execution, number, visit),
        running=running,
        payloads={
            name: pretty(text)
            for name, text in (("Input", visit.input), ("Output", visit.output))
            if text
        },
        units="1 transition" if visit.attempts <= 1 else f"{visit.attempts} transitions",
        fields={
            **({"no failure": visit.route} if visit.route else {}),
            **{f"failed attempt {number}": it for number, it in enumerate(visit.errors, 1)},
        },
    )
