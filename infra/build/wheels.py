"""Install a bundle's requirements, as little of them as a function needs."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from infra.build.trimming import trim
from infra.user_error import Trouble


@dataclass(frozen=True)
class Target:
    """Where bundles run: the wheels to choose, and the folder to stage in.

    The two have folders of their own, so that `make dev` never disturbs what `sam build` reads.
    """

    folder: str
    wheels: tuple[str, ...]
    bytecode: bool


LAMBDA_PYTHON = "3.13"

HERE = Target("build/here", ("--python", sys.executable), bytecode=True)
AWS = Target(
    "build",
    (
        *("--python", sys.executable, "--python-version", LAMBDA_PYTHON),
        # Amazon Linux 2023 has a newer glibc still; Pillow has no wheel for an older one.
        *("--python-platform", "aarch64-manylinux_2_28", "--only-binary", ":all:"),
    ),
    # Bytecode of another Python would be shipped for nothing.
    bytecode=sys.version_info[:2] == (3, 13),
)


def install(requirements: Path, target: Target, folder: Path) -> None:
    """Raises `Trouble` when a wheel cannot be had."""
    installed = subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--require-hashes"),
            *("--target", str(folder), "-r", str(requirements)),
            *target.wheels,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode:
        raise Trouble(
            f"requirements/{requirements.name} could not be installed "
            f"(is the package index in reach?): {installed.stderr.strip()}"
        )
    trim(folder)
