"""The budget of starts and requests: counts that must hold, and ratios and times as targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # so that reading a limit does not import what measures
    from tests.benchmarks.starts.figures import Run
    from tests.benchmarks.starts.starts import ColdStart

EMPTY, BOTO3 = "empty FastAPI + Mangum", "boto3.client('dynamodb')"
MINIMAL = "JSON, minimal async FastAPI + Mangum"  # the smallest route
# A start, the start that it is compared with, and the maximum ratio of their instructions.
RATIOS = (
    ("web", EMPTY, 1.20),
    ("workers: email", BOTO3, 0.75),
    ("workers: publish", BOTO3, 0.75),
    ("workflow: charge", BOTO3, 0.75),
    ("web, first page", "web, untrimmed, first page", 0.45),
    ("web, first page", "web, naive zip, first page", 0.20),
)
MB = 2**20  # as in Lambda's quotas
MAX_MEGABYTES = {"web": 9, "workers": 4.25, "workflow": 4, "thumbnails": 11}
MAX_ROUND_TRIPS = {"home": 3, "product": 3, "product list": 3, "cart": 3}
# Ratios of starts are printed only: instructions are counted only where Valgrind is installed.
# Of each function, 17 modules are Powertools' Logger: 0.14 MiB and 1 % of a start's instructions;
# three more carry the trace. The workers' bundle also maps the columns of other shops' files.
MAX_MODULES = {
    "web": 728,
    "workers: email": 433,
    "workers: publish": 369,
    "workflow: charge": 392,
    "thumbnails": 397,
}
# Instructions of a warm request as a multiple of the smallest FastAPI route's, since another build
# of Python needs others. One run differs from the next by less than the slack.
MAX_MULTIPLES = {
    "JSON, ours: /api/products/{slug}": 4.24,
    "home": 10.9,
    "product": 10.4,
    "product list": 13.6,
    "cart": 17.9,
}
SLACK = 1.02
TARGET_INSTRUCTIONS = {  # in millions
    "JSON, ours: /api/products/{slug}": 3,
    "home": 7,
    "product": 8,
    "product list": 9,
}
TARGET_MS = {"home": 6, "product": 5, "place order": 8}


def ratios(run: Run) -> Iterator[tuple[str, str, float, float]]:
    """Ratios of instructions if they were counted, else of CPU time."""
    starts = {start.name: _cost(start) for start in run.starts}
    for name, other, most in RATIOS:
        yield name, other, starts[name] / starts[other], most


def _cost(start: ColdStart) -> float:
    return start.instructions or start.cpu_ms


def budget_violations(run: Run) -> Iterator[str]:
    """Violations of counts: sizes, modules, round trips and the instructions of warm requests."""
    sizes = {name: size / MB for name, size in run.zipped_bytes.items()}
    modules = {start.name: start.modules for start in run.starts}
    trips = {request.name: request.round_trips for request in run.warm}
    yield from _exceeded(sizes, MAX_MEGABYTES, "MB zipped")
    yield from _exceeded(modules, MAX_MODULES, "modules loaded")
    yield from _exceeded(trips, MAX_ROUND_TRIPS, "round trips to DynamoDB")
    yield from instruction_violations({it.name: it.instructions for it in run.warm})


def instruction_violations(counted: Mapping[str, float | None]) -> Iterator[str]:
    """Violations of the instructions of warm requests, where they are counted."""
    if minimal := counted.get(MINIMAL):
        multiples = {name: (count or 0) / minimal for name, count in counted.items()}
        most = {name: multiple * SLACK for name, multiple in MAX_MULTIPLES.items()}
        yield from _exceeded(multiples, most, "times the smallest route's instructions")


def _exceeded(counted: Mapping[str, float], most: Mapping[str, float], what: str) -> Iterator[str]:
    for name, number in counted.items():
        if number > most.get(name, number):
            yield f"{name}: {number:g} {what}, more than {most[name]:g}"
