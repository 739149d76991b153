"""Prints measured figures of passing tests, although pytest captures output."""

from collections.abc import Callable

import pytest

type PrintFigure = Callable[[str], None]


@pytest.fixture
def print_figure(capsys: pytest.CaptureFixture[str]) -> PrintFigure:
    def print_uncaptured(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}", end=" ")  # noqa: T201

    return print_uncaptured
