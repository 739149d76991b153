"""The source file of a function, and the line of its handler."""

import ast
from dataclasses import dataclass
from functools import cache

from infra.build.bundles import ROOT


def editor_url(path: str, line: int) -> str:
    """Opens a file of this repository in VS Code."""
    return f"vscode://file/{ROOT / path}:{line}"


@dataclass(frozen=True)
class Source:
    """A file of this repository, and the line of its handler."""

    path: str
    line: int

    @property
    def editor_url(self) -> str:
        return editor_url(self.path, self.line)


@cache
def find_source(path: str) -> Source | None:
    """The file and the line of ``handler`` in it; None for a path outside the repository."""
    file = (ROOT / path).resolve()
    if not path or not file.is_relative_to(ROOT) or not file.is_file():
        return None
    tree = ast.parse(file.read_text())
    lines = {it.name: it.lineno for it in tree.body if isinstance(it, ast.FunctionDef)}
    return Source(path, lines.get("handler", 1))
