"""The files of `frontend/static` as they are served: styles and scripts with what they import.

A bundle (`frontend/static/bundles`) lists the files of one family of pages, so that a first visit
loads one style and one script instead of a dozen. Comments and indentation are left out, which is
most of what a minifier saves once a file is compressed; names and line breaks stay.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

CSS_IMPORT = re.compile(r'^@import url\("([^"]+)"\)(?: layer\((\w+)\))?;\n', re.M)
JS_IMPORT = re.compile(r'^import "([^"]+)";\n', re.M)
CSS_COMMENT = re.compile(r"/\*(?!!).*?\*/", re.S)  # "/*!" begins a licence
JS_COMMENT = re.compile(r"^\s*//.*\n", re.M)
INDENTATION = re.compile(r"^\s+", re.M)


def read_static_file(path: Path) -> bytes:
    """A file as it is served. Raises ``FileNotFoundError`` if it, or what it imports, is missing.

    A URL in an imported style stays as it is, so the files lie in folders beside each other. Each
    imported module keeps its own scope. Only imports without bindings are put in place.
    """
    if path.suffix == ".css":
        text = CSS_COMMENT.sub("", _with_styles(path))
    elif path.suffix == ".js" and path.parent.name != "vendor":
        text = JS_COMMENT.sub("", _with_modules(path))
    else:
        return path.read_bytes()
    return INDENTATION.sub("", text).encode()


def static_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The path below ``folder`` and the served content of each file, in a stable order."""
    for path in sorted(file for file in folder.rglob("*") if file.is_file()):
        yield path.relative_to(folder).as_posix(), read_static_file(path)


def static_version(root: Path) -> str:
    """A short hash of what `frontend/static` serves, which is part of each file's URL."""
    digest = hashlib.sha256()
    for name, content in static_files(root / "frontend/static"):
        digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()[:10]


def _with_styles(path: Path) -> str:
    def imported(match: re.Match[str]) -> str:
        style, layer = _with_styles(path.parent / match[1]), match[2]
        return f"@layer {layer} {{\n{style}}}\n" if layer else style

    return CSS_IMPORT.sub(imported, path.read_text())


def _with_modules(path: Path) -> str:
    return JS_IMPORT.sub(
        # The line break ends a comment in the last line of a file.
        lambda match: f"{{\n{_with_modules(path.parent / match[1])}\n}}\n",
        path.read_text(),
    )
