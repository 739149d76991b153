"""Compile what is staged: a function cannot write bytecode, and would compile at each start."""

import os
import subprocess
import sys
from pathlib import Path

from infra.user_error import Trouble


def compile_all(sources: list[Path], bundle: Path) -> None:
    """Raises `Trouble` that names the first file that does not compile.

    Unchecked, because a zip forgets the times that Python would compare. In a process of its own
    with a fixed hash seed, so that the same source always gives the same bytes.
    """
    compiled = subprocess.run(
        [
            *(sys.executable, "-m", "compileall", "-q", "-f"),
            *("--invalidation-mode", "unchecked-hash", "-s", str(bundle), "-p", ""),
            *map(str, sources),
        ],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if compiled.returncode:
        raise Trouble(f"This does not compile: {_first_error(compiled.stdout)}.")


def _first_error(said: str) -> str:
    lines = [line.strip() for line in said.splitlines()]
    where = next((line.removeprefix("File ") for line in lines if line.startswith("File ")), "")
    what = next((line for line in lines if "Error: " in line), "unknown error")
    return f"{where}: {what.removeprefix('*** ')}"
