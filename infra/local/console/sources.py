"""The source file of a function, and the line of its handler."""

import ast
from dataclasses import dataclass
from functools import cache

from infra.build.bundles import ROOT


@dataclass(frozen=True)
class Source:
    """A file of this repository, and the line of its handler."""

    path: str
    line: int

    @property
    def editor_url(self) -> str:
        return f"vscode://file/{ROOT / self.path}:{self.line}"


@cache
def find_source(path: str) -> Source | None:
    """The file and the line of ``handler`` in it; None for a path outside the repository."""
    file = (ROOT / path).resolve()
    if not path or not file.is_relative_to(ROOT) or not file.is_file():
        return None
    tree = ast.parse(file.read_text())
    lines = {it.name: it.lineno for it in tree.body if isinstance(it, ast.FunctionDef)}
    return Source(path, lines.get("handler", 1))
