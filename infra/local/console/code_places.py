"""Find the lines of a place in the code by its name, so that line numbers are never written down.

A Python function or class, a resource of the template, a state of the workflow, or an element of
a page with an id.
"""

import ast
import re
from dataclasses import dataclass
from functools import cache

from infra.build.bundles import ROOT
from infra.local.console.sources import editor_url


@dataclass(frozen=True)
class Place:
    """``name`` is a function, a class, a resource, a state or an id; empty for a whole file."""

    path: str
    name: str = ""

    @property
    def lines(self) -> tuple[int, int]:
        """The first and the last line. Raises ``LookupError`` if the file has no such name."""
        return _find_lines(self.path, self.name)

    @property
    def editor_url(self) -> str:
        return editor_url(self.path, self.lines[0])


@cache
def _find_lines(path: str, name: str) -> tuple[int, int]:
    text = (ROOT / path).read_text("utf-8")
    if not name:
        return 1, len(text.splitlines())
    find = {".py": _python_lines, ".yaml": _yaml_lines}.get(path[path.rindex(".") :], _html_lines)
    if (lines := find(text, name)) is None:
        raise LookupError(f"{path} has no {name!r}.")
    return lines


def _python_lines(text: str, name: str) -> tuple[int, int] | None:
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            first = min([node.lineno, *(it.lineno for it in node.decorator_list)])
            return first, node.end_lineno or first
        if isinstance(node, ast.Assign) and name in [ast.unparse(it) for it in node.targets]:
            return node.lineno, node.end_lineno or node.lineno
    return None


def _yaml_lines(text: str, name: str) -> tuple[int, int] | None:
    """The first key of this name that is indented by two spaces, with all that lies below it."""
    lines = text.splitlines()
    start = next((it for it, line in enumerate(lines) if line.startswith(f"  {name}:")), None)
    if start is None:
        return None
    end = start
    for number in range(start + 1, len(lines)):
        if re.match(r" {0,2}\S", lines[number]):
            break
        end = number if lines[number].strip() else end
    return start + 1, end + 1


def _html_lines(text: str, name: str) -> tuple[int, int] | None:
    lines = text.splitlines()
    return next(((it, it) for it, line in enumerate(lines, 1) if f'id="{name}"' in line), None)
