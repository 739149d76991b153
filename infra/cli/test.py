"""`shop test`: run the test suite in two parallel lanes, unit tests first."""

import sys
from typing import Annotated

import typer

from infra.build.bundles import ROOT
from infra.cli.parallel import run_in_parallel
from infra.local.chromium import HOW_TO_INSTALL, find_chromium
from infra.user_error import UserError

# These wait for a deployed shop or a browser most of the time, so they run beside the others.
LONG_LANE = ("integration", "browser")
FIRST = "unit"
LAST = "simulation"

Only = Annotated[list[str] | None, typer.Argument(help="Files or folders. Default: all tests.")]


def test(only: Only = None) -> None:
    """Run the tests, fast ones first.

    Prints the ten slowest. Without Chromium the browser tests are skipped, and the command fails
    after the others.
    """
    long_lane = [name for name in LONG_LANE if name != "browser" or find_chromium()]
    lanes = [only] if only else [_short_lane(), [f"tests/{name}" for name in long_lane]]
    color = "yes" if sys.stdout.isatty() else "no"  # pytest cannot know: its output is a file
    pytest = [
        *(sys.executable, "-u", "-m", "pytest", "-q"),
        *(f"--color={color}", "--durations=10", "--durations-min=1"),
    ]
    code = run_in_parallel([[*pytest, *lane] for lane in lanes], ROOT)
    if not only and "browser" not in long_lane:
        raise UserError(f"The browser tests did not run: {HOW_TO_INSTALL}")
    sys.exit(code)


def _short_lane() -> list[str]:
    """All other folders of tests: unit tests first, the simulation last."""
    folders = sorted(
        path.name
        for path in (ROOT / "tests").iterdir()
        if path.is_dir() and path.name not in LONG_LANE and any(path.rglob("test_*.py"))
    )
    ordered = sorted(folders, key=lambda name: (name != FIRST, name == LAST))
    return [f"tests/{name}" for name in ordered]
