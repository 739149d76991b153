"""Compile staged sources: a function cannot write bytecode and would compile at each cold start."""

import os
import subprocess
import sys
from pathlib import Path

from infra.user_error import UserError


def compile_all(sources: list[Path], bundle: Path) -> None:
    """Compile files and folders. Raises ``UserError`` with the first file that does not compile.

    The bytecode is unchecked, because a zip does not keep the timestamps that Python would compare.
    It is made in a process with a fixed hash seed, so that the same source gives the same bytes.
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
        raise UserError(f"This file does not compile: {_first_error(compiled.stdout)}.")


def _first_error(output: str) -> str:
    lines = [line.strip() for line in output.splitlines()]
    location = next((line.removeprefix("File ") for line in lines if line.startswith("File ")), "")
    error = next((line for line in lines if "Error: " in line), "unknown error")
    return f"{location}: {error.removeprefix('*** ')}"
