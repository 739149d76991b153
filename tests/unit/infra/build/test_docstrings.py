"""Packages lose their docstrings, and nothing else."""

import ast
import os
from pathlib import Path
from types import ModuleType

import botocore
import pydantic
import pytest

from infra.build.docstrings import leave_out_docstrings, without_docstrings

EDITED = b'''"""A module."""
from __future__ import annotations


class Vase:
    """Holds flowers.

    Or nothing.
    """

    def fill(self):
        "One line."
        return "a text that stays"

    def empty(self):
        """This is all there is."""


def name():
    return name.__doc__ + Vase.__doc__.strip()
'''


def test_only_docstrings_go() -> None:
    code: dict[str, type] = {}
    exec(without_docstrings(EDITED), code)

    vase = code["Vase"]()
    assert vase.fill() == "a text that stays"
    assert vase.empty() is None
    assert code["Vase"].__doc__ == code["Vase"].fill.__doc__ == ""  # type: ignore[attr-defined]


def test_every_statement_stays_on_its_line() -> None:
    def lines(source: bytes) -> list[tuple[str, int]]:
        return [
            (type(it).__name__, it.lineno)
            for it in ast.walk(ast.parse(source))
            if isinstance(it, ast.stmt)
        ]

    assert lines(without_docstrings(EDITED)) == lines(EDITED)


@pytest.mark.parametrize("package", [botocore, pydantic])
def test_a_whole_package_compiles_and_is_shorter(package: ModuleType) -> None:
    before = after = 0
    for path in Path(str(package.__file__)).parent.glob("*.py"):
        short = without_docstrings(path.read_bytes())
        compile(short, str(path), "exec", dont_inherit=True)
        before, after = before + path.stat().st_size, after + len(short)

    assert after < 0.9 * before


def test_a_file_that_is_linked_elsewhere_is_replaced(tmp_path: Path) -> None:
    kept, staged = tmp_path / "cache.py", tmp_path / "bundle/vase.py"
    staged.parent.mkdir()
    kept.write_bytes(EDITED)
    os.link(kept, staged)

    leave_out_docstrings(staged.parent)

    assert kept.read_bytes() == EDITED
    assert staged.read_bytes() == without_docstrings(EDITED)
