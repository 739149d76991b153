"""What a benchmark counts is held to what was promised; what it times is only told."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from infra.build.bundles import staged_bundles
from infra.build.wheels import LOCAL
from infra.user_error import UserError
from tests.benchmarks.starts.budget import MB, MOST_MEGABYTES, MOST_MODULES, breaches, ratios
from tests.benchmarks.starts.charts import drawn
from tests.benchmarks.starts.figures import Run, compared, kept, read
from tests.benchmarks.starts.programs import Program, programs
from tests.benchmarks.starts.report import differences_told, told
from tests.benchmarks.starts.starts import Start, loaded, started
from tests.benchmarks.starts.trimming_effect import Cut
from tests.benchmarks.starts.warm import Warm, warm
from tests.printed_figures import PrintFigure

NEVER_IN_A_WORKER = {"fastapi", "starlette", "pydantic", "boto3"}


@pytest.fixture(scope="module")
def ours() -> Iterator[dict[str, Program]]:
    with staged_bundles(LOCAL) as folders:
        yield {it.name: it for it in programs(folders)}


def a_run(**changes: object) -> Run:
    names = ("empty FastAPI + Mangum", "boto3.client('dynamodb')", *MOST_MODULES)
    pages = ("web, first page", "web, untrimmed, first page", "web, naive zip, first page")
    run = Run(
        at="2026-11-27 12:00",
        machine="a machine",
        starts=[Start(name, 100.0, 300, 500.0) for name in (*names, *pages)],
        zipped={name: most * MB for name, most in MOST_MEGABYTES.items()},
        warm=[Warm("home", 3.0, 3)],
        cuts=[Cut("ours", 40.0, 60.0)],
    )
    return msgspec.structs.replace(run, **changes)


@pytest.mark.parametrize("name", MOST_MODULES)
def test_a_function_loads_no_more_than_was_promised(
    ours: dict[str, Program], name: str, print_figure: PrintFigure
) -> None:
    number, packages = loaded(ours[name])
    print_figure(f"{name}: {number} modules")

    assert number <= MOST_MODULES[name]
    assert name == "web" or packages.isdisjoint(NEVER_IN_A_WORKER)
    assert name in {"workers: email", "web"} or "jinja2" not in packages


def test_the_first_page_is_drawn_from_the_bundle_alone(ours: dict[str, Program]) -> None:
    assert "jinja2" in loaded(ours["web, first page"])[1]


def test_a_program_that_does_not_start_is_no_fast_one(ours: dict[str, Program]) -> None:
    with pytest.raises(UserError, match="ModuleNotFoundError"):
        started(replace(ours["web"], path=()), counted=False)


def test_pages_ask_the_store_three_times_at_most(print_figure: PrintFigure) -> None:
    requests = list(warm(4))
    print_figure(", ".join(f"{it.name}: {it.round_trips} round trips" for it in requests))

    assert list(breaches(a_run(warm=requests))) == []


def test_one_too_many_of_anything_is_named() -> None:
    larger = {name: size + 10_000 for name, size in a_run().zipped.items()}
    starts = [Start("web", 100.0, MOST_MODULES["web"] + 1)]

    assert len(list(breaches(a_run(zipped=larger)))) == len(larger)
    assert list(breaches(a_run(starts=starts))) == ["web: 791 modules loaded, more than 790"]
    assert list(breaches(a_run(warm=[Warm("home", 3.0, 4)]))) != []
    assert list(breaches(a_run())) == []


def test_ratios_are_of_instructions_where_these_were_counted() -> None:
    slower = [
        Start(it.name, it.cpu_ms * 9, 300, it.instructions) if it.name == "web" else it
        for it in a_run().starts
    ]

    assert {ratio for _, _, ratio, _ in ratios(a_run(starts=slower))} == {1.0}


def test_two_runs_are_laid_side_by_side(tmp_path: Path) -> None:
    kept(a_run(), tmp_path / "build/bench.json")
    before, after = read(tmp_path / "build/bench.json"), a_run(warm=[Warm("home", 6.0, 3)])

    assert before == a_run()
    assert ("home: CPU ms", 3.0, 6.0) in list(compared(before, after))
    (_, _, only) = differences_told(before, after)
    assert "home: CPU ms" in only
    assert "2.00" in only


def test_the_report_tells_every_start() -> None:
    report = "\n".join(told(a_run()))

    assert all(f"| {start.name} " in report for start in a_run().starts)


def test_the_picture_is_well_formed_and_knows_dark_pages() -> None:
    picture = drawn(a_run())

    bars = ElementTree.fromstring(picture).findall("{http://www.w3.org/2000/svg}rect")
    assert len(bars) == len(a_run().starts)
    assert "prefers-color-scheme: dark" in picture
