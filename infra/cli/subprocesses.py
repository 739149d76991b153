"""Run a part of tests/ in a process of its own, since infra imports nothing of the tests."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from infra.build.bundles import ROOT
from infra.cli.terminal import print_error
from infra.user_error import UserError


def run_module(module: str, *arguments: str, python: Sequence[str] = ()) -> NoReturn:
    """Run ``python -m module`` and exit with its code; ``python`` holds options of Python itself.

    Ctrl-C reaches the module too, which decides what it ends; this process only waits for it.
    """
    process = subprocess.Popen([sys.executable, *python, "-m", module, *arguments], cwd=ROOT)
    while True:
        try:
            sys.exit(process.wait())
        except KeyboardInterrupt:
            continue


def exit_with(main: Callable[[], int]) -> NoReturn:
    """Exit with the code that ``main`` returns, or with 1 and the message of a ``UserError``."""
    try:
        sys.exit(main())
    except UserError as error:
        print_error(error)
        sys.exit(1)
