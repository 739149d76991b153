"""Stage the four bundles that become functions: own requirements, and the folders each needs.

`python -m infra.build.bundles --for aws` before `sam build`; the local cloud stages for itself.
"""

import argparse
import fcntl
import hashlib
import shutil
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.i18n.message_catalogs import compiled
from infra.build.bytecode import compile_all
from infra.build.wheels import AWS, HERE, Target, install
from infra.user_error import Trouble

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Bundle:
    """What one bundle holds of our own code; `without` are paths left out of it."""

    name: str
    holds: tuple[str, ...]
    without: tuple[str, ...] = ()


WEB_DOOR = ("app/web", "app/main.py", "app/lambda_handler.py")
LETTERS = ("frontend/emails", "frontend/locales")

BUNDLES = (
    Bundle("web", ("app", "frontend/templates", *LETTERS)),  # it sends sign-in letters
    Bundle("workers", ("app", "workers", *LETTERS), (*WEB_DOOR, "workers/thumbnails.py")),
    Bundle("workflow", ("app", "workflow"), (*WEB_DOOR, "app/emails")),
    Bundle(
        "thumbnails",
        ("app", "workers/__init__.py", "workers/thumbnails.py", "workers/s3_events.py"),
        (*WEB_DOOR, "app/emails"),
    ),
)

# Where it is written what is left of a package: staged anew when one of these changes.
RECIPE = ("wheels.py", "trimming.py", "service_models.py", "ca_roots.py", "docstrings.py")
OWN_FOLDERS = ("app", "workers", "workflow", "frontend")


@contextmanager
def staged(target: Target, root: Path = ROOT) -> Iterator[dict[str, Path]]:
    """Stage every bundle and give its folder by name, for as long as nobody else may stage.

    A test run and a running shop may want to at the same moment: one waits for the other.
    What has not changed since the last time stays as it is.
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
    _stage_own_code(bundle, target, root, folder)
    return folder


def _stage_requirements(bundle: Bundle, target: Target, root: Path, folder: Path) -> None:
    requirements = root / "requirements" / f"{bundle.name}.txt"
    stamp = stamp_of(folder, "requirements")
    wanted = _fingerprint(requirements, target)
    if folder.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    for name in ("requirements", "own"):
        stamp_of(folder, name).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    install(requirements, target, folder)
    if target.bytecode:
        compile_all([folder], folder)
    # What `sam build` finds here is already built: nothing is left for it to install.
    (folder / "requirements.txt").touch()
    stamp.write_text(wanted)


def stamp_of(folder: Path, part: str) -> Path:
    """Says from what a part of a staged bundle was made; beside the folder, so never shipped."""
    return folder.with_name(f".{folder.name}.{part}")


def _fingerprint(requirements: Path, target: Target) -> str:
    recipe = (requirements, *map(Path(__file__).with_name, RECIPE))
    content = b"".join(path.read_bytes() for path in recipe) + repr((target, sys.version)).encode()
    return hashlib.sha256(content).hexdigest()


def _stage_own_code(bundle: Bundle, target: Target, root: Path, folder: Path) -> None:
    files = dict(_shipped(path, root) for path in own_files(bundle, root))
    if "frontend/templates" in bundle.holds:
        files[Path("frontend/static_version.txt")] = static_version(root).encode()
    stamp, wanted = stamp_of(folder, "own"), _digest(files)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    stamp.unlink(missing_ok=True)
    _clear_away(folder, keep=files)
    for path, content in files.items():
        _put(folder / path, content)
    # Also those that did not compile the last time.
    sources = [folder / it for it in files if it.suffix == ".py" and not _compiled(folder / it)]
    if target.bytecode and sources:
        compile_all(sources, folder)
    stamp.write_text(wanted)


def _shipped(path: Path, root: Path) -> tuple[Path, bytes]:
    """A file as it travels: the words of a language are compiled, so that no function has to."""
    if path.suffix == ".po":
        return path.with_suffix(".mo"), compiled(root / path)
    return path, (root / path).read_bytes()


def _clear_away(folder: Path, keep: Mapping[Path, bytes]) -> None:
    """Remove what no longer belongs here; bytecode goes with its source."""
    for name in OWN_FOLDERS:
        for path in list(_files_in(folder / name)):
            source = path.parent.parent / f"{path.name.partition('.')[0]}.py"
            owner = source if path.suffix == ".pyc" else path
            if owner.relative_to(folder) not in keep:
                path.unlink()


def _put(path: Path, content: bytes) -> None:
    """Write a file if it is new or has changed; then its bytecode is out of date."""
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    for bytecode in _compiled(path):
        bytecode.unlink()


def _compiled(source: Path) -> list[Path]:
    return list(source.parent.glob(f"__pycache__/{source.stem}.*.pyc"))


def _digest(files: Mapping[Path, bytes]) -> str:
    digest = hashlib.sha256()
    for path, content in sorted(files.items()):
        digest.update(f"{path}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


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
    static = root / "frontend/static"
    return _digest({p.relative_to(static): p.read_bytes() for p in _files_in(static)})[:10]


def main() -> None:
    parser = argparse.ArgumentParser(description="Stage the Lambda bundles into build/.")
    parser.add_argument("--for", dest="target", choices=["here", "aws"], default="aws")
    target = {"here": HERE, "aws": AWS}[parser.parse_args().target]
    try:
        with staged(target) as folders:
            for name, folder in folders.items():
                size = sum(file.stat().st_size for file in _files_in(folder)) / 1e6
                print(f"{name:<10} {folder.relative_to(ROOT)}  {size:.1f} MB")
    except Trouble as trouble:
        sys.exit(str(trouble))


if __name__ == "__main__":
    main()
