"""All figures of a run, kept as JSON, so that two runs can be laid side by side."""

import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from os import cpu_count
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.benchmarks.starts.starts import Start
from tests.benchmarks.starts.trimming_effect import Cut
from tests.benchmarks.starts.warm import Warm


class Run(Struct, frozen=True):
    """``zipped`` is each bundle's size in bytes, as it is uploaded."""

    at: str
    machine: str
    starts: list[Start]
    zipped: dict[str, int]
    warm: list[Warm]
    cuts: list[Cut]

    def figures(self) -> Iterator[tuple[str, float]]:
        """Every single figure by a name that stays the same from run to run."""
        for start in self.starts:
            yield f"{start.name}: CPU ms", start.cpu_ms
            yield f"{start.name}: modules", start.modules
            if start.instructions:
                yield f"{start.name}: million instructions", start.instructions
        for bundle, size in self.zipped.items():
            yield f"{bundle}: zipped MB", size / 2**20
        for request in self.warm:
            yield f"{request.name}: CPU ms", request.cpu_ms
            yield f"{request.name}: round trips", request.round_trips
        for cut in self.cuts:
            yield f"thumbnails, {cut.name}: CPU ms", cut.cpu_ms
            yield f"thumbnails, {cut.name}: peak MB", cut.peak_mb


def this_machine() -> str:
    return f"{cpu_count()} cores {platform.machine()}, Python {platform.python_version()}"


def now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M}"


def kept(run: Run, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=1) + b"\n")


def read(path: Path) -> Run:
    return msgspec.json.decode(path.read_bytes(), type=Run)


def compared(before: Run, after: Run) -> Iterator[tuple[str, float, float]]:
    """Each figure that both have."""
    then = dict(before.figures())
    for name, value in after.figures():
        if name in then:
            yield name, then[name], value
