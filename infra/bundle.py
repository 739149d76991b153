"""Stage the four bundles that become functions: own requirements, and the folders each needs.

`python -m infra.bundle --for aws` before `sam build`; the local cloud stages for itself.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Bundle:
    """What one bundle holds of our own code; `without` are paths left out of it."""

    name: str
    holds: tuple[str, ...]
    without: tuple[str, ...] = ()


WEB_DOOR = ("app/web", "app/main.py", "app/aws_lambda.py")

BUNDLES = (
    Bundle("web", ("app", "frontend/templates")),
    Bundle("workers", ("app", "workers", "frontend/mail"), (*WEB_DOOR, "workers/thumbnails.py")),
    Bundle("workflow", ("app", "workflow"), (*WEB_DOOR, "app/mail")),
    Bundle(
        "thumbnails",
        ("app", "workers/__init__.py", "workers/thumbnails.py"),
        (*WEB_DOOR, "app/mail"),
    ),
)

OWN_FOLDERS = ("app", "workers", "workflow", "frontend")


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
        *("--python-platform", "aarch64-manylinux_2_28", "--only-binary", ":all:"),
    ),
    # Bytecode of another Python would be shipped for nothing.
    bytecode=sys.version_info[:2] == (3, 13),
)

# botocore describes more than 400 services in 25 MB; each function unpacks what it is given.
BOTOCORE_DATA = {
    *("dynamodb", "sns", "sqs", "s3", "sesv2", "stepfunctions", "secretsmanager"),
    *("lambda", "events", "ssm", "sts"),
    *("endpoints.json", "partitions.json", "sdk-default-configuration.json", "_retry.json"),
}

# These ask for their own version or entry points when they are imported.
METADATA_USED = ("opentelemetry_api", "python_ulid", "email_validator")


@contextmanager
def staged(target: Target, root: Path = ROOT) -> Iterator[dict[str, Path]]:
    """Stage every bundle and give its folder by name, for as long as nobody else may stage.

    A test run and a running shop may want to at the same moment: one waits for the other.
    Requirements are installed only when their file changed; our own code is copied each time.
    """
    names = [bundle.name for bundle in BUNDLES]
    lock = root / "build" / ".lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as held, ThreadPoolExecutor() as pool:
        fcntl.flock(held, fcntl.LOCK_EX)
        folders = pool.map(lambda bundle: _stage(bundle, target, root), BUNDLES)
        yield dict(zip(names, folders, strict=True))


def _stage(bundle: Bundle, target: Target, root: Path) -> Path:
    folder = root / target.folder / bundle.name
    _stage_requirements(bundle, target, root, folder)
    _stage_own_code(bundle, root, folder)
    if target.bytecode:
        _compile([folder / name for name in OWN_FOLDERS if (folder / name).exists()], folder)
    return folder


def _stage_requirements(bundle: Bundle, target: Target, root: Path, folder: Path) -> None:
    requirements = root / "requirements" / f"{bundle.name}.txt"
    stamp = folder.with_name(f".{bundle.name}.stamp")
    wanted = _fingerprint(requirements, target)
    if folder.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    stamp.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    _install(requirements, target, folder)
    _trim(folder)
    if target.bytecode:
        _compile([folder], folder)
    # What `sam build` finds here is already built: nothing is left for it to install.
    (folder / "requirements.txt").touch()
    stamp.write_text(wanted)


def _fingerprint(requirements: Path, target: Target) -> str:
    recipe = (requirements, Path(__file__))
    content = b"".join(path.read_bytes() for path in recipe) + repr((target, sys.version)).encode()
    return hashlib.sha256(content).hexdigest()


def _install(requirements: Path, target: Target, folder: Path) -> None:
    subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--require-hashes"),
            *("--target", str(folder), "-r", str(requirements)),
            *target.wheels,
        ],
        check=True,
    )


def _trim(folder: Path) -> None:
    """Drop what no function reads: services never called, tests, scripts, package metadata."""
    for path in (folder / "botocore" / "data").iterdir():
        if path.name not in BOTOCORE_DATA:
            _remove(path)
    for path in folder.glob("*.dist-info"):
        if not path.name.startswith(METADATA_USED):
            _remove(path)
    for path in (*folder.glob("*/tests"), folder / "bin", folder / "boto3" / "examples"):
        _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _stage_own_code(bundle: Bundle, root: Path, folder: Path) -> None:
    for name in OWN_FOLDERS:
        _remove(folder / name)
    for path in own_files(bundle, root):
        copy = folder / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / path, copy)
    if "frontend/templates" in bundle.holds:
        (folder / "frontend").mkdir(exist_ok=True)
        (folder / "frontend/static_version.txt").write_text(static_version(root))


def own_files(bundle: Bundle, root: Path = ROOT) -> list[Path]:
    """The files of ours that a bundle holds, relative to the root and in a fixed order."""
    files = (path for held in bundle.holds for path in _files_in(root / held))
    relative = (path.relative_to(root) for path in files)
    return sorted(path for path in relative if not _left_out(path, bundle))


def _files_in(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    yield from (file for file in path.rglob("*") if file.is_file())


def _left_out(path: Path, bundle: Bundle) -> bool:
    return "__pycache__" in path.parts or any(
        path.is_relative_to(without) for without in bundle.without
    )


def static_version(root: Path = ROOT) -> str:
    """A short name for the present content of `frontend/static`, part of each file's address."""
    static, digest = root / "frontend/static", hashlib.sha256()
    for path in sorted(_files_in(static)):
        digest.update(str(path.relative_to(static)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:10]


def _compile(folders: list[Path], bundle: Path) -> None:
    """Save each cold start the compiling: Lambda cannot write bytecode.

    Unchecked, because a zip forgets the times that Python would compare. In a process of its own
    with a fixed hash seed, so that the same source always gives the same bytes.
    """
    subprocess.run(
        [
            *(sys.executable, "-m", "compileall", "-qq", "-f"),
            *("--invalidation-mode", "unchecked-hash", "-s", str(bundle), "-p", "/var/task"),
            *map(str, folders),
        ],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        # A file with a syntax error stays uncompiled: its function will say so when it starts.
        check=False,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Stage the Lambda bundles into build/.")
    parser.add_argument("--for", dest="target", choices=["here", "aws"], default="aws")
    target = {"here": HERE, "aws": AWS}[parser.parse_args().target]
    with staged(target) as folders:
        for name, folder in folders.items():
            size = sum(file.stat().st_size for file in _files_in(folder)) / 1e6
            print(f"{name:<10} {folder.relative_to(ROOT)}  {size:.1f} MB")


if __name__ == "__main__":
    main()
