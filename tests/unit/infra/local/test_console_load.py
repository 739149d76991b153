"""A run of many demo orders from the console: bounded, one at a time, and it can be stopped."""

import time
from collections.abc import Callable
from threading import Event

import pytest
from starlette.applications import Starlette

from infra.local.console.load_pages import PATH, load_pages
from infra.local.console.load_run import PARALLEL, LoadRun, LoadRunner
from infra.user_error import UserError
from tests.unit.infra.visitor import Visitor

OWN = {"Sec-Fetch-Site": "same-origin"}


def visitor_of(runner: LoadRunner) -> Visitor:
    return Visitor(Starlette(routes=load_pages(runner)))


def run_to_its_end(place_order: Callable[[int], object], size: int) -> LoadRun:
    runner = LoadRunner(place_order)
    assert runner.start(size)
    return await_end(runner)


def await_end(runner: LoadRunner) -> LoadRun:
    deadline = time.monotonic() + 10
    while runner.run is None or runner.run.is_running:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return runner.run


def test_run_places_each_order_once_and_counts_errors_by_their_reason() -> None:
    numbers: list[int] = []

    def place_order(number: int) -> None:
        numbers.append(number)
        if number == 3:
            raise UserError("Sold out.")
        if number == 4:
            raise KeyError

    run = run_to_its_end(place_order, 10)

    assert sorted(numbers) == [*range(10)]
    assert (run.placed, run.failed) == (8, 2)
    assert run.errors == {"Sold out.": 1, "KeyError": 1}


def test_only_one_run_at_a_time_which_stops_after_the_orders_that_are_being_placed() -> None:
    go_on = Event()
    runner = LoadRunner(lambda _: go_on.wait(10))
    visitor = visitor_of(runner)

    started = visitor.post(PATH, data={"size": "50"}, headers=OWN)
    second = visitor.post(PATH, data={"size": "10"}, headers=OWN)
    page = visitor.get(PATH).text
    visitor.post(f"{PATH}/stop", headers=OWN)
    go_on.set()
    run = await_end(runner)

    assert (started.status_code, second.status_code) == (303, 409)
    assert "data-running" in page
    assert ">Stop</button>" in page
    assert run.stopped
    assert run.placed <= PARALLEL
    assert "Stopped:" in visitor.get(PATH).text


@pytest.mark.parametrize("size", ["", "0", "51", "10000", "x"])
def test_size_of_a_run_is_bounded(size: str) -> None:
    runner = LoadRunner(lambda _: None)

    answer = visitor_of(runner).post(PATH, data={"size": size}, headers=OWN)

    assert answer.status_code == 422
    assert runner.run is None


def test_other_site_cannot_start_a_run() -> None:
    runner = LoadRunner(lambda _: None)

    answer = visitor_of(runner).post(
        PATH, data={"size": "10"}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 403
    assert runner.run is None


def test_result_has_the_orders_and_the_reasons_of_failures() -> None:
    def place_order(number: int) -> None:
        if number % 2:
            raise UserError("POST /cart returned 422: <b>sold out</b>")

    runner = LoadRunner(place_order)
    runner.start(10)
    await_end(runner)

    page = visitor_of(runner).get(PATH).text

    assert "Done: 5 placed, 5 failed, 0 s." in page
    assert "5 × POST /cart returned 422: &lt;b&gt;sold out" in page
