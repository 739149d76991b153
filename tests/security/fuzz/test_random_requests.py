"""Fuzzing: no random request is answered with a 5xx status."""

import pytest

from tests.printed_figures import PrintFigure
from tests.security.conftest import Callers
from tests.security.fuzz.runner import run_fuzz

DEFAULT_CASES, LONG_CASES = 500, 20_000


def test_fuzzing_finds_no_server_error(
    callers: Callers, print_figure: PrintFigure, request: pytest.FixtureRequest
) -> None:
    summary = run_fuzz(callers, LONG_CASES if request.config.getoption("--long") else DEFAULT_CASES)

    print_figure(summary.line())
    assert summary.failures == []
    assert summary.answers[200] > summary.cases / 10
