"""Measure cold starts: CPU time, loaded modules, and instructions, which hardly vary."""

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
CACHEGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class ColdStart(Struct, frozen=True):
    """One program's start; instructions are in millions, and ``None`` without Valgrind."""

    name: str
    cpu_ms: float
    modules: int
    instructions: float | None = None


def measure_start(program: Program, *, counted: bool) -> ColdStart:
    """Start it several times, and once more under Valgrind if ``counted``, 50 times slower."""
    with tempfile.TemporaryDirectory() as no_bytecode:
        command = program.command(Path(no_bytecode))
        runs = [*_runs(command)]
        instructions = _instructions(command) if counted else None
    return ColdStart(
        program.name, statistics.median(ms for ms, _ in runs), runs[0][1], instructions
    )


def count_modules(program: Program) -> tuple[int, set[str]]:
    """The number of loaded modules, and the names of their packages."""
    with tempfile.TemporaryDirectory() as no_bytecode:
        number, *names = _run(program.command(Path(no_bytecode))).stdout.split()
    return int(number), set(names)


def has_valgrind() -> bool:
    return shutil.which(CACHEGRIND[0]) is not None


def _runs(command: list[str]) -> Iterator[tuple[float, int]]:
    """CPU milliseconds and modules of each run, after a first run that may write bytecode."""
    _run(command)
    for _ in range(RUNS):
        before = _cpu()
        output = _run(command).stdout
        yield (_cpu() - before) * 1000, int(output.split()[0])


def _instructions(command: list[str]) -> float:
    output = _run([*CACHEGRIND, *command]).stderr
    (found,) = re.findall(r"I +refs: +([\d,]+)", output)
    return int(found.replace(",", "")) / 1e6


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"A program did not start: {done.stderr[-400:]}")
    return done


def _cpu() -> float:
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
