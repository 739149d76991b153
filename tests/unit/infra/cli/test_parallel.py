import sys
import time
from pathlib import Path

import pytest

from infra.cli.parallel import side_by_side


def saying(*words: str, pause: float = 0, code: int = 0) -> list[str]:
    lines = [f"print({word!r}, flush=True); time.sleep({pause})" for word in words]
    return [sys.executable, "-c", "\n".join(["import sys, time", *lines, f"sys.exit({code})"])]


def test_the_words_of_one_come_after_those_of_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    side_by_side([saying("one", "two", pause=0.3), saying("three", "four")], tmp_path)

    assert capsys.readouterr().out.split() == ["one", "two", "three", "four"]


def test_both_run_at_once(tmp_path: Path) -> None:
    meeting = (
        "import pathlib, sys, time\npathlib.Path(sys.argv[1]).touch()\n"
        "while not pathlib.Path(sys.argv[2]).exists(): time.sleep(0.05)"
    )
    both = [
        [sys.executable, "-c", meeting, str(tmp_path / mine), str(tmp_path / other)]
        for mine, other in (("a", "b"), ("b", "a"))
    ]

    assert side_by_side(both, tmp_path) == 0


@pytest.mark.parametrize("codes", [(1, 0), (0, 1), (1, 2)])
def test_the_worst_of_their_ends_counts(tmp_path: Path, codes: tuple[int, int]) -> None:
    assert side_by_side([saying(code=code) for code in codes], tmp_path) == max(codes)


def test_when_telling_ends_early_nobody_is_left_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    sleeping = [sys.executable, "-c", "import time; time.sleep(60)"]
    started = time.monotonic()
    monkeypatch.setattr("infra.cli.parallel.time.sleep", interrupted)

    with pytest.raises(KeyboardInterrupt):
        side_by_side([sleeping, sleeping], tmp_path)

    assert time.monotonic() - started < 30
