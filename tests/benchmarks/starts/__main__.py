"""`shop bench` as a process: measure starts, bundles, requests and thumbnails, check the budget."""

import argparse
import sys
import tempfile
from pathlib import Path

import tests.conftest  # noqa: F401 (removes AWS credentials from the environment)
from infra.build.bundles import ROOT, staged_bundles
from infra.build.wheels import LOCAL
from infra.local.artifacts import pack
from tests.benchmarks.starts.budget import budget_violations
from tests.benchmarks.starts.charts import render_chart
from tests.benchmarks.starts.environments import environments
from tests.benchmarks.starts.figures import Run, describe_machine, now, read_run, write_run
from tests.benchmarks.starts.programs import ALTERNATIVES, programs
from tests.benchmarks.starts.report import difference_lines, report_lines
from tests.benchmarks.starts.starts import has_valgrind, measure_start
from tests.benchmarks.starts.thumbnails import measure_thumbnails
from tests.benchmarks.starts.warm import measure_warm_requests
from tests.benchmarks.starts.warm_instructions import with_instructions

CHART = ROOT / "frontend/screenshots/cold-starts.svg"


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.starts")
    parser.add_argument("--json", type=Path, default=ROOT / "build/bench.json")
    parser.add_argument("--against", type=Path)
    parser.add_argument("--draw", action="store_true")
    parser.add_argument("--report", type=Path)
    parser.add_argument("--uncounted", action="store_true")
    arguments = parser.parse_args()
    before = read_run(arguments.against) if arguments.against else None
    run = measure(counted=has_valgrind() and not arguments.uncounted)
    write_run(run, arguments.json)
    lines = list(report_lines(run))
    print_lines(*lines)
    if arguments.report:
        title = "# Cold starts and warm requests"
        arguments.report.write_text("\n".join([title, "", *lines, ""]))
    if before:
        print_lines("", *difference_lines(before, run))
    if arguments.draw:
        CHART.write_text(render_chart(run))
    violations = list(budget_violations(run))
    print_lines("", *violations)
    return 1 if violations else 0


def measure(*, counted: bool) -> Run:
    with (
        staged_bundles(LOCAL) as folders,
        environments(**ALTERNATIVES) as alternatives,
        tempfile.TemporaryDirectory() as scratch,
    ):
        starts = []
        for program in programs(folders, alternatives):
            sys.stderr.write(f"{program.name}\n")
            starts.append(measure_start(program, counted=counted))
        zipped = {name: len(pack(folder).content) for name, folder in folders.items()}
        thumbnails = measure_thumbnails(Path(scratch))
        warm = list(measure_warm_requests())
        if counted:
            warm = with_instructions(warm, folders["web"])
    return Run(now(), describe_machine(), starts, zipped, warm, thumbnails)


def print_lines(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
