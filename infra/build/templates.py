"""Compile Jinja templates while a bundle is staged: each cold start would parse their sources.

Jinja runs in a process of its own, so that a running `shop dev` compiles with the code as it is
now, and not with the code as it was when the process started.
"""

import hashlib
import marshal
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from app.compiled_templates import COMPILED_SUFFIX
from infra.user_error import UserError

PAGES, EMAILS = Path("frontend/templates"), Path("frontend/emails")
PAGE_LANGUAGES = ("en", "de")  # a page's translations are part of its code
ENGLISH_ONLY = ("admin/", "api/")
STATIC_VERSION = Path("frontend/static_version.txt")
# The modules that decide what code Jinja generates from a template.
RECIPE = (
    *("app/compiled_templates.py", "app/emails/templates.py"),
    *("app/web/http/templating.py", "app/web/http/constant_calls.py"),
)
COMPILER = Path(__file__).with_name("template_compiler.py")

type Files = Mapping[Path, bytes]


@dataclass(frozen=True)
class CompiledTemplate:
    """A template in the file ``output`` of a bundle; ``key`` changes with all it is made of."""

    output: Path
    name: str
    source: str
    key: str


def compile_templates(files: Files, root: Path, cache: Path) -> dict[Path, bytes]:
    """The files of a bundle, in which bytecode replaces the sources of the templates.

    ``cache`` is a file with the bytecode of the last time: only changed templates are compiled.
    Raises ``UserError`` with the first template that does not compile.
    """
    sources = {path for path in files if path.is_relative_to(PAGES) or path.is_relative_to(EMAILS)}
    if not sources:
        return dict(files)
    templates = [it for path in sorted(sources) for it in _compiled_templates(path, files, root)]
    bytecode = _cached_bytecode(cache)
    if changed := [it for it in templates if it.key not in bytecode]:
        bytecode |= _compile(changed, files.get(STATIC_VERSION, b""), root)
    cache.parent.mkdir(parents=True, exist_ok=True)
    replacement = cache.with_suffix(f".{os.getpid()}")
    replacement.write_bytes(marshal.dumps({it.key: bytecode[it.key] for it in templates}))
    replacement.replace(cache)
    compiled: dict[Path, dict[str, bytes]] = {}
    for it in templates:
        compiled.setdefault(it.output, {})[it.name] = bytecode[it.key]
    return {
        **{path: content for path, content in files.items() if path not in sources},
        **{path: marshal.dumps(content) for path, content in compiled.items()},
    }


def _cached_bytecode(cache: Path) -> dict[str, bytes]:
    """Empty if there is no cache, or none that can be read."""
    try:
        bytecode: dict[str, bytes] = marshal.loads(cache.read_bytes())  # noqa: S302 (our own)
    except (OSError, EOFError, ValueError, TypeError):
        return {}
    return bytecode


def _compiled_templates(path: Path, files: Files, root: Path) -> list[CompiledTemplate]:
    folder = EMAILS if path.is_relative_to(EMAILS) else PAGES
    name, source = path.relative_to(folder).as_posix(), files[path].decode()
    return [
        CompiledTemplate(output, name, source, _key(output, path, files, root))
        for output in (folder / f"{it}{COMPILED_SUFFIX}" for it in _variants(folder, name))
    ]


def _variants(folder: Path, name: str) -> tuple[str, ...]:
    """The languages of a template; an email's translations are no part of its code."""
    if folder == EMAILS:
        return ("all",)
    return PAGE_LANGUAGES[:1] if name.startswith(ENGLISH_ONLY) else PAGE_LANGUAGES


def _key(output: Path, path: Path, files: Files, root: Path) -> str:
    parts = [
        repr((output.as_posix(), path.as_posix(), sys.version, version("jinja2"))).encode(),
        *((root / it).read_bytes() for it in RECIPE),
        COMPILER.read_bytes(),
        files[path],
        files.get(Path(f"frontend/locales/{output.stem}.mo"), b""),
        files.get(STATIC_VERSION, b"") if b"static(" in files[path] else b"",
    ]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def _compile(templates: list[CompiledTemplate], static: bytes, root: Path) -> dict[str, bytes]:
    """The bytecode of each template, by its key."""
    wanted = [(str(it.output), it.name, it.source) for it in templates]
    done = subprocess.run(
        [sys.executable, "-P", COMPILER],
        input=marshal.dumps((static.decode(), wanted)),
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONHASHSEED": "0"},
        capture_output=True,
        check=False,
    )
    if done.returncode:
        last = done.stderr.decode().strip().rpartition("\n")[2]
        raise UserError(f"This template does not compile: {last}.")
    codes: list[bytes] = marshal.loads(done.stdout)  # noqa: S302 (from our own process)
    return {it.key: code for it, code in zip(templates, codes, strict=True)}
