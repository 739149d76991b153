"""The SAM CLI: installed on first use into an environment of its own, since it pins many versions.

It packages the template with the bundles, uploads both, and creates a change set.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from infra.aws.stages import SAM_CONFIG, StageConfig
from infra.build.bundles import ROOT
from infra.user_error import UserError

REQUIREMENTS = ROOT / "requirements/sam-cli.txt"
FOLDER = ROOT / ".venv/sam-cli"
TEMPLATE = ROOT / "infra/template.yaml"

type Run = Callable[[list[str]], int]


def install_sam(run: Run, folder: Path = FOLDER, requirements: Path = REQUIREMENTS) -> Path:
    """The path of ``sam``. Installs it if the pinned versions are not installed in this folder yet.

    ``run`` runs a command and returns its exit code. An interrupted installation begins again, and
    so does one whose folder was moved, since its scripts name their Python by its whole path.
    """
    folder = folder.resolve()  # a script must not name a link that may be deleted
    wanted = f"{hashlib.sha256(requirements.read_bytes()).hexdigest()} {folder}"
    stamp, program = folder / "installed", folder / "bin/sam"
    if stamp.exists() and stamp.read_text() == wanted and program.exists():
        return program
    shutil.rmtree(folder, ignore_errors=True)
    uv = [sys.executable, "-m", "uv", "--quiet"]
    install = ["pip", "install", "--python", str(folder / "bin/python"), "--require-hashes"]
    for command in (
        [*uv, "venv", "--python", sys.executable, str(folder)],
        [*uv, *install, "--requirement", str(requirements)],
    ):
        if run(command):
            raise UserError("The SAM CLI could not be installed: is the package index reachable?")
    stamp.write_text(wanted)
    return program


@contextmanager
def parameter_file(parameters: Mapping[str, str]) -> Iterator[Path]:
    """A file for ``sam deploy``: a command line would show values to all users of the machine."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        json.dump(dict(parameters), file)  # JSON is YAML
        file.flush()
        yield Path(file.name)


def deploy_arguments(stage: StageConfig, stack_name: str, parameters: Path) -> list[str]:
    """Arguments of ``sam deploy``, which creates a change set and does not execute it.

    A parameter of the deployed stack that is not in the file keeps its value.
    """
    return [
        *("deploy", "--no-execute-changeset", "--no-confirm-changeset"),
        *("--no-fail-on-empty-changeset", "--no-progressbar"),
        *("--config-file", str(SAM_CONFIG), "--config-env", stage.name),
        *("--template-file", str(TEMPLATE), "--stack-name", stack_name),
        *("--tags", f"Shop={stack_name}"),
        *("--parameter-overrides", f"file://{parameters}"),
    ]


def run_command(arguments: list[str]) -> int:
    """Run a command with this process's input and output; returns its exit code."""
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0"}
    return subprocess.run(arguments, cwd=ROOT, env=environment, check=False).returncode
