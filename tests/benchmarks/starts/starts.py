"""Cold starts: instructions, which say the same each time, CPU time, and modules loaded."""

import os
import re
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from msgspec import Struct

from infra.user_error import UserError
from tests.benchmarks.starts.programs import Program

RUNS = 5
COUNTING = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class Start(Struct, frozen=True):
    """One program's start; instructions in millions, none where nothing can count them."""

    name: str
    cpu_ms: float
    modules: int
    instructions: float | None = None


def started(program: Program, *, counted: bool) -> Start:
    """Started a few times, and once more where instructions are counted, 50 times slower."""
    with tempfile.TemporaryDirectory() as nowhere:
        command = program.command(Path(nowhere))
        runs = [*_runs(command)]
        instructions = _instructions(command) if counted else None
    return Start(program.name, statistics.median(ms for ms, _ in runs), runs[0][1], instructions)


def loaded(program: Program) -> tuple[int, set[str]]:
    """How many modules, and the packages that they are of."""
    with tempfile.TemporaryDirectory() as nowhere:
        number, *names = _run(program.command(Path(nowhere))).stdout.split()
    return int(number), set(names)


def can_count() -> bool:
    return shutil.which(COUNTING[0]) is not None


def _runs(command: list[str]) -> Iterator[tuple[float, int]]:
    """The first one is not counted: it may still write bytecode."""
    _run(command)
    for _ in range(RUNS):
        before = _cpu()
        said = _run(command).stdout
        yield (_cpu() - before) * 1000, int(said.split()[0])


def _instructions(command: list[str]) -> float:
    said = _run([*COUNTING, *command]).stderr
    (found,) = re.findall(r"I +refs: +([\d,]+)", said)
    return int(found.replace(",", "")) / 1e6


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"A program did not start: {done.stderr[-400:]}")
    return done


def _cpu() -> float:
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
