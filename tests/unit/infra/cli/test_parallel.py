import sys
import time
from pathlib import Path

import pytest

from infra.cli.parallel import run_in_parallel


def printing(*words: str, pause: float = 0, code: int = 0) -> list[str]:
    lines = [f"print({word!r}, flush=True); time.sleep({pause})" for word in words]
    return [sys.executable, "-c", "\n".join(["import sys, time", *lines, f"sys.exit({code})"])]


def test_output_of_commands_is_not_mixed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_in_parallel([printing("one", "two", pause=0.3), printing("three", "four")], tmp_path)

    assert capsys.readouterr().out.split() == ["one", "two", "three", "four"]


def test_commands_run_at_the_same_time(tmp_path: Path) -> None:
    wait_for_each_other = (
        "import pathlib, sys, time\npathlib.Path(sys.argv[1]).touch()\n"
        "while not pathlib.Path(sys.argv[2]).exists(): time.sleep(0.05)"
    )
    both = [
        [sys.executable, "-c", wait_for_each_other, str(tmp_path / mine), str(tmp_path / other)]
        for mine, other in (("a", "b"), ("b", "a"))
    ]

    assert run_in_parallel(both, tmp_path) == 0


@pytest.mark.parametrize("codes", [(1, 0), (0, 1), (1, 2)])
def test_highest_exit_code_is_returned(tmp_path: Path, codes: tuple[int, int]) -> None:
    assert run_in_parallel([printing(code=code) for code in codes], tmp_path) == max(codes)


def test_interrupt_terminates_all_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    sleeping = [sys.executable, "-c", "import time; time.sleep(60)"]
    started = time.monotonic()
    monkeypatch.setattr("infra.cli.parallel.time.sleep", interrupted)

    with pytest.raises(KeyboardInterrupt):
        run_in_parallel([sleeping, sleeping], tmp_path)

    assert time.monotonic() - started < 30
