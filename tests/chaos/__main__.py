"""`shop chaos` as a process: print what was killed and what is inconsistent."""

import argparse
import tempfile
from pathlib import Path

from app.verification import check_invariants, check_settled, format_violations
from infra.cli.subprocesses import exit_with
from infra.cli.terminal import Progress, out
from infra.ops.verify import summarize
from tests.chaos.outages import DAY, DAY_HOURS, HOUR_SECONDS
from tests.chaos.run import run_chaos


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.chaos")
    parser.add_argument("--orders", type=int, default=50)
    arguments = parser.parse_args()
    with Progress().display() as progress, tempfile.TemporaryDirectory() as folder:
        result = run_chaos(Path(folder), arguments.orders, progress.step)
    killed = ", ".join(f"{name}: {times}" for name, times in sorted(result.killed.items()))
    out.print(f"Killed or restarted: {killed}.")
    out.print(
        f"Outages in a day of {DAY_HOURS * HOUR_SECONDS:.0f} s: {len(DAY)}. "
        f"Settled {result.settled_after:.0f} s after it, without an operator."
    )
    out.print(summarize(result.snapshot), soft_wrap=True)
    if duplicates := len(result.snapshot.may_duplicate):
        out.print(f"Emails sent twice, by a kill between sending and recording: {duplicates}.")
    violations = [*check_invariants(result.snapshot), *check_settled(result.snapshot)]
    lines = [format_violations(violations), *result.dlq_messages]
    out.print("\n".join(lines), markup=False, soft_wrap=True)
    return 1 if violations or result.dlq_messages else 0


if __name__ == "__main__":
    exit_with(main)
