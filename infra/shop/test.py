"""`shop test`: the tests, those that answer fastest first."""

import subprocess
import sys
from typing import Annotated

import typer

from infra.bundle import ROOT
from infra.local.chromium import HOW_TO_INSTALL, chromium
from infra.trouble import Trouble

# These open a local cloud, or a browser; everything else is over in seconds.
SLOW = ("wiring", "faults", "journeys", "browser")

Only = Annotated[list[str] | None, typer.Argument(help="Files or folders; all when left out.")]


def test(only: Only = None) -> None:
    """Run the tests, fast ones first. Without Chromium all but the browser's, and say so."""
    folders = only or _in_order()
    without_browser = not only and chromium() is None
    if without_browser:
        folders = [folder for folder in folders if not folder.endswith("browser")]
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", *folders], cwd=ROOT, check=False)
    if without_browser:
        raise Trouble(f"The browser tests did not run: {HOW_TO_INSTALL}")
    sys.exit(done.returncode)


def _in_order() -> list[str]:
    tests = ROOT / "tests"
    fast = sorted(
        path
        for path in tests.iterdir()
        if path.name not in SLOW
        and (path.name.startswith("test_") or (path.is_dir() and any(path.rglob("test_*.py"))))
    )
    slow = [tests / name for name in SLOW if (tests / name).exists()]
    return [str(path.relative_to(ROOT)) for path in (*fast, *slow)]
