"""What was promised of starts and requests, as ratios in one run and counts; and what was kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # who only asks for a limit does not bring along all that is measured
    from tests.benchmarks.starts.figures import Run
    from tests.benchmarks.starts.starts import Start

EMPTY, BOTO3 = "empty FastAPI + Mangum", "boto3.client('dynamodb')"
# A start, what it is held against, and the most of that one's instructions that it may take.
RATIOS = (
    ("web", EMPTY, 1.35),
    ("workers: email", BOTO3, 0.75),
    ("workers: publish", BOTO3, 0.75),
    ("workflow: charge", BOTO3, 0.75),
    ("web, first page", "web, untrimmed, first page", 0.55),
    ("web, first page", "web, naive zip, first page", 0.20),
)
MB = 2**20  # as Lambda counts its own limits
MOST_MEGABYTES = {"web": 8, "workers": 4, "workflow": 4, "thumbnails": 9}
MOST_ROUND_TRIPS = {"home": 3, "product": 3, "cart": 3}
# Ratios are told, and judge nothing: instructions are counted only where Valgrind is.
MOST_MODULES = {
    "web": 790,
    "workers: email": 415,
    "workers: publish": 365,
    "workflow: charge": 380,
    "thumbnails": 380,
}
MOST_MS = {"home": 6, "product": 5, "place order": 8}


def ratios(run: Run) -> Iterator[tuple[str, str, float, float]]:
    """By instructions where they were counted, else by CPU time."""
    starts = {start.name: _weight(start) for start in run.starts}
    for name, other, most in RATIOS:
        yield name, other, starts[name] / starts[other], most


def _weight(start: Start) -> float:
    return start.instructions or start.cpu_ms


def breaches(run: Run) -> Iterator[str]:
    """Of counts alone: sizes, modules, round trips. Times are told, and judge nothing."""
    sizes = {name: size / MB for name, size in run.zipped.items()}
    modules = {start.name: start.modules for start in run.starts}
    trips = {request.name: request.round_trips for request in run.warm}
    yield from _more(sizes, MOST_MEGABYTES, "MB zipped")
    yield from _more(modules, MOST_MODULES, "modules loaded")
    yield from _more(trips, MOST_ROUND_TRIPS, "round trips to the store")


def _more(counted: Mapping[str, float], most: Mapping[str, float], what: str) -> Iterator[str]:
    for name, number in counted.items():
        if number > most.get(name, number):
            yield f"{name}: {number:g} {what}, more than {most[name]:g}"
