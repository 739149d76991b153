"""Fuzzing: no hostile value, in any place of any route, is answered with a 5xx status."""

from itertools import islice

import pytest

from app.web.http.forms import _submitted
from tests.printed_figures import PrintFigure
from tests.security.conftest import Callers
from tests.security.fuzz.hostile_values import hostile_requests
from tests.security.fuzz.random_requests import FORMS, RandomRequest
from tests.security.fuzz.runner import FuzzSummary, send_all
from tests.security.test_authorization import CALLS

STRIDE = 13  # coprime to the number of values, so every place and every value is among them


def test_hostile_values_cause_no_server_error(
    callers: Callers, print_figure: PrintFigure, request: pytest.FixtureRequest
) -> None:
    """Every thirteenth request; all of them with ``--long``, and in `shop fuzz`."""
    stride = 1 if request.config.getoption("--long") else STRIDE
    summary = send_all(callers, islice(hostile_requests(callers), 0, None, stride))

    print_figure(summary.line("hostile"))
    assert summary.failures == []


def test_fields_of_every_form_are_listed() -> None:
    routes = {route.path: route.dependant for method, route in CALLS if method == "POST"}
    forms = {
        path
        for path, dependant in routes.items()
        if any(it.call is _submitted for it in dependant.dependencies) or dependant.body_params
    }

    assert forms - {"/api/orders"} <= FORMS.keys()


def test_summary_reports_server_errors_and_slow_answers() -> None:
    summary = FuzzSummary()
    request = RandomRequest("guest", "GET", "/" + "x" * 9_000, ())

    summary.add(request, 200, 0.1)
    summary.add(request, 503, 2.5)

    (failure,) = summary.failures
    (warning,) = summary.warnings()
    assert failure.startswith("503 'guest' 'GET' '/xxx")
    assert warning.startswith("slow: 2.5 s of CPU for 'guest'")
    assert len(failure) < 400
    assert summary.line("hostile") == ("2 hostile requests, 1 answered with 5xx (200: 1, 503: 1)")
