"""`shop test`: the tests, those that answer fastest first."""

import sys
from typing import Annotated

import typer

from infra.build.bundles import ROOT
from infra.cli.parallel import side_by_side
from infra.local.chromium import HOW_TO_INSTALL, chromium
from infra.user_error import Trouble

# These wait for a deployed shop, or a browser, and leave a processor to the others.
IN_THE_OPEN_SHOP = ("wiring", "journeys", "browser")
LAST_OF_THE_OTHERS = ("models", "faults")

Only = Annotated[list[str] | None, typer.Argument(help="Files or folders; all when left out.")]


def test(only: Only = None) -> None:
    """Run the tests, fast ones first. Without Chromium all but the browser's, and say so."""
    waiting = [name for name in IN_THE_OPEN_SHOP if name != "browser" or chromium()]
    lanes = [only] if only else [_in_order(), [f"tests/{name}" for name in waiting]]
    colour = "yes" if sys.stdout.isatty() else "no"  # they write to a file, so cannot see it
    pytest = [sys.executable, "-u", "-m", "pytest", "-q", f"--color={colour}"]
    code = side_by_side([[*pytest, *lane] for lane in lanes], ROOT)
    if not only and "browser" not in waiting:
        raise Trouble(f"The browser tests did not run: {HOW_TO_INSTALL}")
    sys.exit(code)


def _in_order() -> list[str]:
    """All that needs no open shop: what is over in a moment first."""
    tests = ROOT / "tests"
    others = sorted(
        path.name
        for path in tests.iterdir()
        if path.name not in IN_THE_OPEN_SHOP
        and (path.name.startswith("test_") or (path.is_dir() and any(path.rglob("test_*.py"))))
    )
    return [f"tests/{name}" for name in sorted(others, key=LAST_OF_THE_OTHERS.__contains__)]
