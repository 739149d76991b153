"""Install a bundle's requirements, and trim them to what a function needs."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from infra.build.trimming import remove_template_compiler, trim
from infra.user_error import UserError


@dataclass(frozen=True)
class Target:
    """Where bundles run: the folder to stage in, uv's options for choosing wheels, and bytecode.

    Each target has its own folder, so that `make dev` does not change what `sam build` reads.
    """

    folder: str
    wheels: tuple[str, ...]
    bytecode: bool  # of modules and of templates


LAMBDA_PYTHON = "3.13"

LOCAL = Target("build/local", ("--python", sys.executable), bytecode=True)
AWS = Target(
    "build",
    (
        *("--python", sys.executable, "--python-version", LAMBDA_PYTHON),
        # Amazon Linux 2023 has a newer glibc; Pillow has no wheel for an older one.
        *("--python-platform", "aarch64-manylinux_2_28", "--only-binary", ":all:"),
    ),
    # Bytecode of another Python version would not be used.
    bytecode=sys.version_info[:2] == (3, 13),
)


def install(requirements: Path, target: Target, folder: Path) -> None:
    """Install into ``folder``. Raises ``UserError`` if a wheel is not available."""
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
        raise UserError(
            f"requirements/{requirements.name} could not be installed "
            f"(is the package index reachable?): {installed.stderr.strip()}"
        )
    trim(folder)
    if target.bytecode:
        remove_template_compiler(folder)
