"""`shop bench`, from the inside."""

import argparse
import sys
import tempfile
from pathlib import Path

import tests.conftest  # noqa: F401 (must not know any account)
from infra.build.bundles import ROOT, staged_bundles
from infra.build.wheels import LOCAL
from infra.local.artifacts import pack
from tests.benchmarks.starts.budget import breaches
from tests.benchmarks.starts.charts import drawn
from tests.benchmarks.starts.figures import Run, kept, now, read, this_machine
from tests.benchmarks.starts.programs import programs
from tests.benchmarks.starts.report import differences_told, told
from tests.benchmarks.starts.starts import can_count, started
from tests.benchmarks.starts.trimming_effect import cuts
from tests.benchmarks.starts.warm import warm

PICTURE = ROOT / "frontend/screenshots/cold-starts.svg"


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("--json", type=Path, default=ROOT / "build/bench.json")
    asked.add_argument("--against", type=Path)
    asked.add_argument("--draw", action="store_true")
    asked.add_argument("--report", type=Path)
    asked.add_argument("--uncounted", action="store_true")
    given = asked.parse_args()
    before = read(given.against) if given.against else None
    run = measured(counted=can_count() and not given.uncounted)
    kept(run, given.json)
    lines = list(told(run))
    say(*lines)
    if given.report:
        title = "# How fast functions start and answer"
        given.report.write_text("\n".join([title, "", *lines, ""]))
    if before:
        say("", *differences_told(before, run))
    if given.draw:
        PICTURE.write_text(drawn(run))
    broken = list(breaches(run))
    say("", *broken)
    return 1 if broken else 0


def measured(*, counted: bool) -> Run:
    with staged_bundles(LOCAL) as folders, tempfile.TemporaryDirectory() as scratch:
        starts = []
        for program in programs(folders):
            sys.stderr.write(f"{program.name}\n")
            starts.append(started(program, counted=counted))
        zipped = {name: len(pack(folder).content) for name, folder in folders.items()}
        pictures = cuts(Path(scratch))
    return Run(now(), this_machine(), starts, zipped, list(warm()), pictures)


def say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
