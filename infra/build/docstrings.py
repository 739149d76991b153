"""Strip docstrings from installed packages: each cold start would unpack them unused."""

import ast
from collections.abc import Iterator
from pathlib import Path

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
EMPTY = b'""'


def strip_docstrings(folder: Path) -> None:
    """Strip all modules in a folder; files are replaced, because they link into uv's cache."""
    for path in folder.rglob("*.py"):
        source = path.read_bytes()
        stripped = without_docstrings(source)
        if stripped != source:
            path.unlink()
            path.write_bytes(stripped)


def without_docstrings(source: bytes) -> bytes:
    """The same code with every statement on its original line, so that tracebacks stay correct.

    A docstring becomes an empty string and is not removed: some code edits its own docstring, and a
    ``from __future__`` import may follow a docstring but no other statement.
    """
    lines = source.splitlines(keepends=True)
    for text in _docstrings(ast.parse(source)):
        first, last = text.lineno - 1, (text.end_lineno or text.lineno) - 1
        rest = lines[last][text.end_col_offset :]
        emptied = lines[first][: text.col_offset] + EMPTY
        for number in range(first, last):
            lines[number] = b"\n"
        if first == last:
            lines[first] = emptied + rest
        else:
            lines[first], lines[last] = emptied + b"\n", rest
    return b"".join(lines)


def _docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and node.body:
            match node.body[0]:
                case ast.Expr(value=ast.Constant(value=str()) as text):
                    yield text
