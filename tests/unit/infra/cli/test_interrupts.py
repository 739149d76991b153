"""Ctrl-C in `shop`: while its modules load, in a command, and in a process of the tests."""

import signal
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path

import pytest

from infra.cli.__main__ import main
from infra.cli.commands import main as run_command
from infra.cli.subprocesses import exit_with, run_module, run_process
from infra.user_error import INTERRUPTED


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


def interrupted() -> int:
    raise KeyboardInterrupt


def test_ctrl_c_in_a_process_of_tests_ends_without_a_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        exit_with(interrupted)

    assert ended.value.code == INTERRUPTED
    assert "can be repeated" in capsys.readouterr().err


def test_ctrl_c_while_a_process_of_tests_loads_its_modules_ends_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    # A shell starts its background jobs with this signal ignored.
    press_ctrl_c = "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    press_ctrl_c += "os.kill(os.getpid(), signal.SIGINT)\n"
    (tmp_path / "slow_to_load.py").write_text(f"import os, signal\n{press_ctrl_c}")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with pytest.raises(SystemExit) as ended:
        run_module("slow_to_load", python=("-W", "ignore"))

    assert ended.value.code == INTERRUPTED
    (sentence,) = capfd.readouterr().err.splitlines()
    assert "can be repeated" in sentence


def test_process_of_tests_has_its_own_arguments_and_exit_code(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    package = tmp_path / "measured"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text("import sys\nprint(__name__, sys.argv)\nsys.exit(3)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with pytest.raises(SystemExit) as ended:
        run_module("measured", "--first", "1")

    assert ended.value.code == 3
    assert capfd.readouterr().out == f"__main__ ['{package}/__main__.py', '--first', '1']\n"


def test_ctrl_c_in_a_command_says_that_it_can_be_repeated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["shop", "aws", "status", "--stack", "shop"])
    monkeypatch.setattr("infra.cli.aws.print_status", lambda _: interrupted())

    with pytest.raises(SystemExit) as ended:
        run_command()

    assert ended.value.code == INTERRUPTED
    assert "can be repeated" in capsys.readouterr().err


def test_ctrl_c_is_explained_once_by_a_command_and_its_process(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    explain = "import sys; print('Interrupted.', file=sys.stderr); sys.exit(130)"
    monkeypatch.setattr(sys, "argv", ["shop", "aws", "load", "--stack", "shop"])
    run = [sys.executable, "-c", explain]
    monkeypatch.setattr("infra.cli.aws_load.run_module", lambda *_: run_process(run))

    with pytest.raises(SystemExit) as ended:
        run_command()

    assert ended.value.code == INTERRUPTED
    assert capfd.readouterr().err == "Interrupted.\n"


def test_process_that_a_signal_ended_has_the_exit_code_of_a_shell() -> None:
    kill_itself = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"

    with pytest.raises(SystemExit) as ended:
        run_process([sys.executable, "-c", kill_itself])

    assert ended.value.code == 128 + signal.SIGKILL
