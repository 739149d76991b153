"""Commands whose work lies with the tests: a process of its own does it, and says how it ended."""

import subprocess
import sys
from collections.abc import Sequence
from typing import NoReturn

from infra.build.bundles import ROOT


def hand_over(module: str, *asked: str, python: Sequence[str] = ()) -> NoReturn:
    """Run the module in our place, with its exit code as ours; ``python`` are Python's options."""
    command = [sys.executable, *python, "-m", module, *asked]
    sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)
