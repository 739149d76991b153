"""Compiling staged code: reproducible, and syntax errors are reported before a deployment."""

from pathlib import Path

import pytest

from infra.build.bytecode import compile_all
from infra.user_error import UserError


def test_bytecode_is_reproducible(tmp_path: Path) -> None:
    bytecode = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "cart.py").write_text("SIZES = {'small', 'large', 'huge'}\n")
        compile_all([folder], folder)
        bytecode.append(next(folder.rglob("*.pyc")).read_bytes())

    assert bytecode[0] == bytecode[1]


def test_syntax_error_is_reported_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "cart.py").write_text("x = 1\ndef broken(:\n")

    with pytest.raises(UserError, match=r'"cart.py", line 2: SyntaxError: invalid syntax'):
        compile_all([tmp_path], tmp_path)
