"""Ctrl-C while the modules of `shop` load, which takes a second."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder

import pytest

from infra.cli.__main__ import INTERRUPTED, main


class CtrlC(MetaPathFinder):
    """A person presses Ctrl-C while the sub-commands are imported."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: object = None) -> None:
        if fullname == "infra.cli.commands":
            raise KeyboardInterrupt


def test_ctrl_c_while_modules_load_ends_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "infra.cli.commands", raising=False)
    monkeypatch.setattr(sys, "meta_path", [CtrlC(), *sys.meta_path])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == INTERRUPTED
    assert "Nothing was started" in capsys.readouterr().err
