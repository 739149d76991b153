"""Leave out the docstrings of installed packages, which each cold start unpacks for nobody."""

import ast
from collections.abc import Iterator
from pathlib import Path

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
EMPTY = b'""'


def leave_out_docstrings(folder: Path) -> None:
    """Files are replaced, never written into: the installer links them to its own cache."""
    for path in folder.rglob("*.py"):
        source = path.read_bytes()
        short = without_docstrings(source)
        if short != source:
            path.unlink()
            path.write_bytes(short)


def without_docstrings(source: bytes) -> bytes:
    """The same code, every statement on its own line still, so that tracebacks tell the truth.

    A docstring becomes an empty text: some code edits its own, and a ``from __future__`` may stand
    behind one, but behind nothing else.
    """
    lines = source.splitlines(keepends=True)
    for text in _docstrings(ast.parse(source)):
        first, last = text.lineno - 1, (text.end_lineno or text.lineno) - 1
        rest = lines[last][text.end_col_offset :]
        emptied = lines[first][: text.col_offset] + EMPTY
        for place in range(first, last):
            lines[place] = b"\n"
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
