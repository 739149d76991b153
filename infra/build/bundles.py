"""Stage the four Lambda bundles: installed requirements, and the source folders each one needs.

Run `python -m infra.build.bundles --for aws` before `sam build`. The local cloud stages its bundles
itself.
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

from app.i18n.message_catalogs import compile_catalog
from infra.build.bytecode import compile_all
from infra.build.static_files import static_version
from infra.build.templates import STATIC_VERSION, compile_templates
from infra.build.wheels import AWS, LOCAL, Target, install
from infra.user_error import UserError

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Bundle:
    """The paths of our own code in one bundle; ``excludes`` are left out of ``includes``."""

    name: str
    includes: tuple[str, ...]
    excludes: tuple[str, ...] = ()


THUMBNAIL_MODULES = tuple(
    f"workers/{name}.py" for name in ("thumbnails", "image_decoding", "image_colours")
)
WEB_MODULES = (
    "app/web",
    *(
        f"app/{name}.py"
        for name in ("main", "lambda_adapter", "lambda_handler", "admin_lambda_handler")
    ),
)
VERIFIER = ("app/verification",)  # run by the scheduled worker and by `shop verify`
EMAIL_MODULES = ("app/emails", "app/compiled_templates.py")
EMAIL_FILES = ("frontend/emails", "frontend/locales")

BUNDLES = (
    Bundle("web", ("app", "frontend/templates", *EMAIL_FILES), VERIFIER),  # it sends sign-in emails
    Bundle(
        "workers",
        ("app", "workers", *EMAIL_FILES),
        (*WEB_MODULES, *THUMBNAIL_MODULES),
    ),
    Bundle("workflow", ("app", "workflow"), (*WEB_MODULES, *VERIFIER, *EMAIL_MODULES)),
    Bundle(
        "thumbnails",
        ("app", "workers/__init__.py", *THUMBNAIL_MODULES, "workers/s3_events.py"),
        (*WEB_MODULES, *VERIFIER, *EMAIL_MODULES),
    ),
)

# The modules that decide what a bundle contains: a change in one of them stages everything again.
BUILD_MODULES = (
    *("wheels.py", "trimming.py", "service_models.py", "address_data.py", "ca_roots.py"),
    *("docstrings.py", "late_work.py", "stand_ins/openapi_models.py", "stand_ins/telemetry.py"),
)
OWN_FOLDERS = ("app", "workers", "workflow", "frontend")


@contextmanager
def staged_bundles(target: Target, root: Path = ROOT) -> Iterator[dict[str, Path]]:
    """Stage every bundle. Yields the folder by bundle name, and keeps a lock until the block ends.

    A test run and a running shop may stage at the same time; one waits for the other. Unchanged
    parts are not staged again.
    """
    names = [bundle.name for bundle in BUNDLES]
    lock = root / "build" / ".lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as lock_file, ThreadPoolExecutor() as pool:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        folders = pool.map(lambda bundle: _stage(bundle, target, root), BUNDLES)
        yield dict(zip(names, folders, strict=True))


def _stage(bundle: Bundle, target: Target, root: Path) -> Path:
    folder = root / target.folder / bundle.name
    _stage_requirements(bundle, target, root, folder)
    _stage_own_code(bundle, target, root, folder)
    return folder


def _stage_requirements(bundle: Bundle, target: Target, root: Path, folder: Path) -> None:
    requirements = root / "requirements" / f"{bundle.name}.txt"
    stamp = stamp_file(folder, "requirements")
    fingerprint = _fingerprint(requirements, target)
    if folder.exists() and stamp.exists() and stamp.read_text() == fingerprint:
        return
    for name in ("requirements", "own"):
        stamp_file(folder, name).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    install(requirements, target, folder)
    if target.bytecode:
        compile_all([folder], folder)
    # `sam build` installs what this file lists; everything is installed already.
    (folder / "requirements.txt").touch()
    stamp.write_text(fingerprint)


def stamp_file(folder: Path, part: str) -> Path:
    """Where a part's fingerprint is kept: beside the folder, so it is not deployed."""
    return folder.with_name(f".{folder.name}.{part}")


def _fingerprint(requirements: Path, target: Target) -> str:
    recipe = (requirements, *map(Path(__file__).parent.joinpath, BUILD_MODULES))
    content = b"".join(path.read_bytes() for path in recipe) + repr((target, sys.version)).encode()
    return hashlib.sha256(content).hexdigest()


def _stage_own_code(bundle: Bundle, target: Target, root: Path, folder: Path) -> None:
    files = dict(_packaged_file(path, root) for path in own_files(bundle, root))
    if "frontend/templates" in bundle.includes:
        files[STATIC_VERSION] = static_version(root).encode()
    if target.bytecode:
        files = compile_templates(files, root, stamp_file(folder, "templates"))
    stamp, digest = stamp_file(folder, "own"), digest_files(files)
    if stamp.exists() and stamp.read_text() == digest:
        return
    stamp.unlink(missing_ok=True)
    _remove_stale_files(folder, keep=files)
    for path, content in files.items():
        _write_if_changed(folder / path, content)
    # This includes files that failed to compile the last time.
    sources = [
        folder / it for it in files if it.suffix == ".py" and not _bytecode_files(folder / it)
    ]
    if target.bytecode and sources:
        compile_all(sources, folder)
    stamp.write_text(digest)


def _packaged_file(path: Path, root: Path) -> tuple[Path, bytes]:
    """A file as it is deployed: message catalogs are compiled at build time."""
    if path.suffix == ".po":
        return path.with_suffix(".mo"), compile_catalog(root / path)
    return path, (root / path).read_bytes()


def _remove_stale_files(folder: Path, keep: Mapping[Path, bytes]) -> None:
    """Remove files that no longer belong to the bundle, and the bytecode of removed sources."""
    for name in OWN_FOLDERS:
        for path in list(_files_in(folder / name)):
            source = path.parent.parent / f"{path.name.partition('.')[0]}.py"
            owner = source if path.suffix == ".pyc" else path
            if owner.relative_to(folder) not in keep:
                path.unlink()


def _write_if_changed(path: Path, content: bytes) -> None:
    """Write a new or changed file, and remove its outdated bytecode."""
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    for bytecode in _bytecode_files(path):
        bytecode.unlink()


def _bytecode_files(source: Path) -> list[Path]:
    return list(source.parent.glob(f"__pycache__/{source.stem}.*.pyc"))


def digest_files(files: Mapping[Path, bytes]) -> str:
    """A hash of the paths and contents, whatever their order."""
    digest = hashlib.sha256()
    for path, content in sorted(files.items()):
        digest.update(f"{path}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def own_files(bundle: Bundle, root: Path = ROOT) -> list[Path]:
    """The bundle's own files, relative to the root, in a fixed order."""
    files = (path for folder in bundle.includes for path in _files_in(root / folder))
    relative = (path.relative_to(root) for path in files)
    return sorted(path for path in relative if not _is_excluded(path, bundle))


def _files_in(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    yield from (file for file in path.rglob("*") if file.is_file())


def _is_excluded(path: Path, bundle: Bundle) -> bool:
    return "__pycache__" in path.parts or any(
        path.is_relative_to(excluded) for excluded in bundle.excludes
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Stage the Lambda bundles into build/.")
    parser.add_argument("--for", dest="target", choices=["local", "aws"], default="aws")
    target = {"local": LOCAL, "aws": AWS}[parser.parse_args().target]
    try:
        with staged_bundles(target) as folders:
            for name, folder in folders.items():
                size = sum(file.stat().st_size for file in _files_in(folder)) / 1e6
                print(f"{name:<10} {folder.relative_to(ROOT)}  {size:.1f} MB")
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
