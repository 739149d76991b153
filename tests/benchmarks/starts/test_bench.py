"""The counts of the start benchmark stay within the budget; its times are printed only."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from infra.build.bundles import staged_bundles
from infra.build.wheels import LOCAL
from infra.user_error import UserError
from tests.benchmarks.starts.budget import (
    MAX_MEGABYTES,
    MAX_MODULES,
    MAX_MULTIPLES,
    MB,
    MINIMAL,
    budget_violations,
    instruction_violations,
    ratios,
)
from tests.benchmarks.starts.charts import render_chart
from tests.benchmarks.starts.environments import environments
from tests.benchmarks.starts.figures import Run, compare, read_run, write_run
from tests.benchmarks.starts.programs import ALTERNATIVES, Program, programs
from tests.benchmarks.starts.report import difference_lines, report_lines
from tests.benchmarks.starts.starts import (
    ColdStart,
    count_modules,
    has_valgrind,
    measure_start,
)
from tests.benchmarks.starts.thumbnails import ThumbnailCost
from tests.benchmarks.starts.warm import WarmRequest, measure_warm_requests
from tests.benchmarks.starts.warm_instructions import count_warm_instructions, replay_requests
from tests.printed_figures import PrintFigure

FORBIDDEN_IN_WORKERS = {"fastapi", "starlette", "pydantic", "boto3"}


@pytest.fixture(scope="module")
def ours() -> Iterator[dict[str, Program]]:
    with staged_bundles(LOCAL) as folders, environments(**ALTERNATIVES) as alternatives:
        yield {it.name: it for it in programs(folders, alternatives)}


def a_run(**changes: object) -> Run:
    names = ("empty FastAPI + Mangum", "boto3.client('dynamodb')", *MAX_MODULES)
    pages = ("web, first page", "web, untrimmed, first page", "web, naive zip, first page")
    run = Run(
        measured_at="2026-11-27 12:00",
        machine="a machine",
        starts=[ColdStart(name, 100.0, 300, 500.0) for name in (*names, *pages)],
        zipped_bytes={name: int(most * MB) for name, most in MAX_MEGABYTES.items()},
        warm=[WarmRequest("home", 3.0, 3)],
        thumbnails=[ThumbnailCost("ours", 40.0, 60.0)],
    )
    return msgspec.structs.replace(run, **changes)


@pytest.mark.parametrize("name", MAX_MODULES)
def test_a_function_loads_no_more_modules_than_its_budget(
    ours: dict[str, Program], name: str, print_figure: PrintFigure
) -> None:
    number, packages = count_modules(ours[name])
    print_figure(f"{name}: {number} modules")

    assert number <= MAX_MODULES[name]
    assert name == "web" or packages.isdisjoint(FORBIDDEN_IN_WORKERS)
    assert name in {"workers: email", "web"} or "jinja2" not in packages


def test_the_empty_fastapi_app_has_only_the_packages_that_it_names(
    ours: dict[str, Program],
) -> None:
    _, packages = count_modules(ours["empty FastAPI + Mangum"])

    assert {"fastapi", "mangum"} <= packages
    assert packages.isdisjoint({"email_validator", "multipart", "jinja2", "boto3", "app"})


def test_the_first_page_is_rendered_from_the_bundle_alone(ours: dict[str, Program]) -> None:
    assert "jinja2" in count_modules(ours["web, first page"])[1]


def test_a_program_that_fails_is_not_measured(ours: dict[str, Program]) -> None:
    with pytest.raises(UserError, match="ModuleNotFoundError"):
        measure_start(replace(ours["web"], path=()), counted=False)


def test_pages_need_at_most_three_round_trips(print_figure: PrintFigure) -> None:
    requests = list(measure_warm_requests(4))
    print_figure(", ".join(f"{it.name}: {it.round_trips} round trips" for it in requests))

    assert list(budget_violations(a_run(warm=requests))) == []


def test_warm_pages_are_replayed_from_recorded_answers(ours: dict[str, Program]) -> None:
    """What Callgrind counts is a process without the emulated DynamoDB."""
    (bundle,) = ours["web"].path

    replay_requests(Path(bundle))

    with pytest.raises(UserError, match="ModuleNotFoundError"):
        replay_requests(Path(bundle) / "no-such-folder")


@pytest.mark.skipif(not has_valgrind(), reason="instructions are counted by Valgrind")
@pytest.mark.skipif(sys.version_info[:2] != (3, 13), reason="another Python has other counts")
def test_warm_pages_take_no_more_instructions_than_their_budget(
    ours: dict[str, Program], print_figure: PrintFigure
) -> None:
    (bundle,) = ours["web"].path

    counted = count_warm_instructions(Path(bundle))

    print_figure(", ".join(f"{name}: {count:.2f} M" for name, count in counted.items()))
    assert list(instruction_violations(counted)) == []


def test_more_than_two_percent_more_instructions_are_reported() -> None:
    counted = {MINIMAL: 0.5, "home": 0.5 * MAX_MULTIPLES["home"]}

    assert list(instruction_violations({**counted, "home": counted["home"] * 1.019})) == []
    assert len(list(instruction_violations({**counted, "home": counted["home"] * 1.021}))) == 1
    assert list(instruction_violations({"home": None})) == []


def test_the_report_shows_the_instructions_of_warm_requests_that_were_counted() -> None:
    counted = [WarmRequest("home", 3.0, 1, 14.73), WarmRequest("cart", 3.0, 2)]

    report = "\n".join(report_lines(a_run(warm=counted)))

    assert "| home         |                14.73 |      7 |" in report
    assert "| cart         |                      |        |" in report


def test_every_exceeded_count_is_reported() -> None:
    larger = {name: size + 10_000 for name, size in a_run().zipped_bytes.items()}
    most = MAX_MODULES["web"]
    starts = [ColdStart("web", 100.0, most + 1)]

    assert len(list(budget_violations(a_run(zipped_bytes=larger)))) == len(larger)
    assert list(budget_violations(a_run(starts=starts))) == [
        f"web: {most + 1} modules loaded, more than {most}"
    ]
    assert list(budget_violations(a_run(warm=[WarmRequest("home", 3.0, 4)]))) != []
    assert list(budget_violations(a_run())) == []


def test_ratios_use_instructions_if_they_were_counted() -> None:
    slower = [
        ColdStart(it.name, it.cpu_ms * 9, 300, it.instructions) if it.name == "web" else it
        for it in a_run().starts
    ]

    assert {ratio for _, _, ratio, _ in ratios(a_run(starts=slower))} == {1.0}


def test_two_runs_are_compared(tmp_path: Path) -> None:
    write_run(a_run(), tmp_path / "build/bench.json")
    before, after = (
        read_run(tmp_path / "build/bench.json"),
        a_run(warm=[WarmRequest("home", 6.0, 3)]),
    )

    assert before == a_run()
    assert ("home: CPU ms", 3.0, 6.0) in list(compare(before, after))
    (_, _, only) = difference_lines(before, after)
    assert "home: CPU ms" in only
    assert "2.00" in only


def test_the_report_has_every_start() -> None:
    report = "\n".join(report_lines(a_run()))

    assert all(f"| {start.name} " in report for start in a_run().starts)


def test_the_chart_is_well_formed_and_has_a_dark_scheme() -> None:
    chart = render_chart(a_run())

    bars = ElementTree.fromstring(chart).findall("{http://www.w3.org/2000/svg}rect")
    assert len(bars) == len(a_run().starts)
    assert "prefers-color-scheme: dark" in chart
