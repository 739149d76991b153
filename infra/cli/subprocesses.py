"""Run a part of tests/ in a process of its own, since infra imports nothing of the tests."""

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from infra.aws.errors import AWS_ERRORS, AwsError, to_user_error
from infra.build.bundles import ROOT
from infra.cli.terminal import print_error, print_interrupted
from infra.user_error import INTERRUPTED, UserError

FATAL_SIGNAL = 128  # plus the signal's number: the exit code as a shell has it


class ProcessEnded(SystemExit):
    """The exit code of a process that has printed its own words, also about Ctrl-C."""


def run_module(module: str, *arguments: str, python: Sequence[str] = ()) -> NoReturn:
    """Run ``python -m module`` and exit with its code; ``python`` are options of Python itself.

    Ctrl-C ends it without a traceback, also while it loads its modules.
    """
    run_process([sys.executable, *python, "-m", "infra.cli.interruptible", module, *arguments])


def run_process(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> NoReturn:
    """Run a process and exit with its code.

    Ctrl-C reaches the process too, which decides what it ends; this one only waits for it.
    """
    process = subprocess.Popen(arguments, cwd=ROOT, env=environment)
    while True:
        try:
            code = process.wait()
            raise ProcessEnded(code if code >= 0 else FATAL_SIGNAL - code)
        except KeyboardInterrupt:
            continue


def exit_with_error(error: UserError | AwsError) -> NoReturn:
    """Print what went wrong, and exit with the error's code."""
    user_error = to_user_error(error)
    print_error(user_error)
    sys.exit(user_error.exit_code)


def exit_with(main: Callable[[], int]) -> NoReturn:
    """Exit with the code of ``main``, or with 1 and the words of a known error.

    Ctrl-C ends it without a traceback.
    """
    try:
        sys.exit(main())
    except (UserError, *AWS_ERRORS) as error:
        exit_with_error(error)
    except KeyboardInterrupt:
        print_interrupted()
        sys.exit(INTERRUPTED)
