"""Code that does not compile is named before anything is deployed."""

from pathlib import Path

import pytest

from infra.build.bytecode import compile_all
from infra.user_error import Trouble


def test_the_same_source_always_gives_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "cart.py").write_text("SIZES = {'small', 'large', 'huge'}\n")
        compile_all([folder], folder)
        made.append(next(folder.rglob("*.pyc")).read_bytes())

    assert made[0] == made[1]


def test_a_syntax_error_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "cart.py").write_text("x = 1\ndef broken(:\n")

    with pytest.raises(Trouble, match=r'"cart.py", line 2: SyntaxError: invalid syntax'):
        compile_all([tmp_path], tmp_path)
