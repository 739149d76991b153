"""Saying a measured figure aloud, also when pytest keeps quiet about tests that pass."""

from collections.abc import Callable

import pytest

type Say = Callable[[str], None]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def out_loud(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}", end=" ")  # noqa: T201

    return out_loud
