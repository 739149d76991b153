"""Inputs that nobody thought of: none is answered with a 500."""

import pytest

from tests.printed_figures import PrintFigure
from tests.security.conftest import People
from tests.security.fuzz.runner import try_out

SOME, MANY = 500, 20_000


def test_nothing_that_can_be_made_up_breaks_the_shop(
    people: People, print_figure: PrintFigure, request: pytest.FixtureRequest
) -> None:
    tally = try_out(people, MANY if request.config.getoption("--long") else SOME)

    print_figure(tally.line())
    assert tally.broken == []
    assert tally.answers[200] > tally.cases / 10
