"""Run several commands at the same time, and print their output one after the other."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

POLL_INTERVAL = 0.2  # seconds


def run_in_parallel(commands: Sequence[Sequence[str]], folder: Path) -> int:
    """Run all commands in this folder. Returns the highest of their exit codes.

    The output of different commands is never mixed: that of the first is printed live, that of the
    next once the first has ended. All commands are terminated if this function is interrupted.
    """
    with TemporaryDirectory() as temporary:
        outputs = [Path(temporary) / str(number) for number, _ in enumerate(commands)]
        processes = [
            _start(command, folder, output)
            for command, output in zip(commands, outputs, strict=True)
        ]
        try:
            return max(map(_print_until_exit, processes, outputs))
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait()


def _start(command: Sequence[str], folder: Path, output: Path) -> subprocess.Popen[bytes]:
    with output.open("wb") as file:
        return subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT
        )


def _print_until_exit(process: subprocess.Popen[bytes], output: Path) -> int:
    with output.open("rb") as file:
        while True:
            ended = process.poll() is not None  # checked first, so that the last output is read
            text = file.read()
            sys.stdout.write(text.decode(errors="replace"))
            sys.stdout.flush()
            if ended and not text:
                return abs(process.wait())
            if not text:
                time.sleep(POLL_INTERVAL)
