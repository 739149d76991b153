"""All figures of a run, written as JSON, so that two runs can be compared."""

import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from os import cpu_count
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.benchmarks.starts.starts import ColdStart
from tests.benchmarks.starts.thumbnails import ThumbnailCost
from tests.benchmarks.starts.warm import WarmRequest


class Run(Struct, frozen=True):
    """``zipped`` is each bundle's size in bytes, as it is uploaded."""

    measured_at: str
    machine: str
    starts: list[ColdStart]
    zipped_bytes: dict[str, int]
    warm: list[WarmRequest]
    thumbnails: list[ThumbnailCost]

    def figures(self) -> Iterator[tuple[str, float]]:
        """Every figure with a name that is the same in each run."""
        for start in self.starts:
            yield f"{start.name}: CPU ms", start.cpu_ms
            yield f"{start.name}: modules", start.modules
            yield from _instructions(start)
        for bundle, size in self.zipped_bytes.items():
            yield f"{bundle}: zipped MB", size / 2**20
        for request in self.warm:
            yield f"{request.name}: CPU ms", request.cpu_ms
            yield f"{request.name}: round trips", request.round_trips
            yield from _instructions(request)
        for cost in self.thumbnails:
            yield f"thumbnails, {cost.name}: CPU ms", cost.cpu_ms
            yield f"thumbnails, {cost.name}: peak MB", cost.peak_mb


def _instructions(counted: ColdStart | WarmRequest) -> Iterator[tuple[str, float]]:
    if counted.instructions:
        yield f"{counted.name}: million instructions", counted.instructions


def describe_machine() -> str:
    return f"{cpu_count()} cores {platform.machine()}, Python {platform.python_version()}"


def now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M}"


def write_run(run: Run, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=1) + b"\n")


def read_run(path: Path) -> Run:
    return msgspec.json.decode(path.read_bytes(), type=Run)


def compare(before: Run, after: Run) -> Iterator[tuple[str, float, float]]:
    """Each figure that both runs have, with both values."""
    then = dict(before.figures())
    for name, value in after.figures():
        if name in then:
            yield name, then[name], value
