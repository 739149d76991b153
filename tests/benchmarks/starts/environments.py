"""Environments of the programs that ours are compared with: only the packages that they name.

The development environment has more. FastAPI imports `email_validator` if it is installed, which
takes 338 million instructions of an empty app's start.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.build.bundles import ROOT
from infra.user_error import UserError

CONSTRAINTS = ROOT / "requirements/dev.txt"  # the versions that the shop uses


@contextmanager
def environments(**packages: tuple[str, ...]) -> Iterator[dict[str, Path]]:
    """Install each list of packages into a folder of its own, with their dependencies.

    Raises ``UserError`` if the packages cannot be installed.
    """
    with TemporaryDirectory() as scratch:
        folders = {name: Path(scratch) / name for name in packages}
        for name, folder in folders.items():
            _install(packages[name], folder)
        yield folders


def _install(packages: tuple[str, ...], folder: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--compile-bytecode"),
            *("--python", sys.executable, "--target", str(folder)),
            *("--constraint", str(CONSTRAINTS), *packages),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UserError(f"{', '.join(packages)} could not be installed: {done.stderr.strip()}")
