"""Stripping docstrings changes nothing else."""

import ast
import os
from pathlib import Path
from types import ModuleType

import botocore
import pydantic
import pytest

from infra.build.docstrings import strip_docstrings, without_docstrings

SOURCE = b'''"""A module."""
from __future__ import annotations


class Vase:
    """Holds flowers.

    Or nothing.
    """

    def fill(self):
        "One line."
        return "a string, not a docstring"

    def empty(self):
        """The docstring is the whole body."""


def name():
    return name.__doc__ + Vase.__doc__.strip()
'''


def test_only_docstrings_are_stripped() -> None:
    code: dict[str, type] = {}
    exec(without_docstrings(SOURCE), code)

    vase = code["Vase"]()
    assert vase.fill() == "a string, not a docstring"
    assert vase.empty() is None
    assert code["Vase"].__doc__ == code["Vase"].fill.__doc__ == ""  # type: ignore[attr-defined]


def test_statements_keep_their_line_numbers() -> None:
    def lines(source: bytes) -> list[tuple[str, int]]:
        return [
            (type(it).__name__, it.lineno)
            for it in ast.walk(ast.parse(source))
            if isinstance(it, ast.stmt)
        ]

    assert lines(without_docstrings(SOURCE)) == lines(SOURCE)


@pytest.mark.parametrize("package", [botocore, pydantic])
def test_stripped_packages_compile_and_are_smaller(package: ModuleType) -> None:
    before = after = 0
    for path in Path(str(package.__file__)).parent.glob("*.py"):
        stripped = without_docstrings(path.read_bytes())
        compile(stripped, str(path), "exec", dont_inherit=True)
        before, after = before + path.stat().st_size, after + len(stripped)

    assert after < 0.9 * before


def test_hard_linked_files_are_replaced_not_changed(tmp_path: Path) -> None:
    cached, staged = tmp_path / "cache.py", tmp_path / "bundle/vase.py"
    staged.parent.mkdir()
    cached.write_bytes(SOURCE)
    os.link(cached, staged)

    strip_docstrings(staged.parent)

    assert cached.read_bytes() == SOURCE
    assert staged.read_bytes() == without_docstrings(SOURCE)
