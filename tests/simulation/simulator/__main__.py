"""`shop simulate` and `shop replay`, as a process of their own."""

import argparse
import sys
import time
from contextlib import suppress

import tests.conftest  # noqa: F401 (removes AWS credentials from the environment)
from app.verification import format_violations
from tests.simulation.simulator.campaign import CampaignSummary, run_campaign
from tests.simulation.simulator.crash_points import (
    ALL_PAIRS,
    NO_PAIRS,
    SCENARIOS,
    CrashSummary,
    all_tasks,
    find_run,
    run_tasks,
)
from tests.simulation.simulator.scenarios import ORDER_PATH
from tests.simulation.simulator.schedule import run_schedule


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--schedules", type=int, default=500)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--replay")
    parser.add_argument("--crash-points", action="store_true")
    parser.add_argument("--pairs", action="store_true")
    args = parser.parse_args()
    if args.replay is not None:
        return replay(args.replay)
    if args.crash_points or args.pairs:
        return run_crash_points(args.processes, pairs=ALL_PAIRS if args.pairs else NO_PAIRS)
    return run_random_schedules(range(args.first, args.first + args.schedules), args.processes)


def run_random_schedules(seeds: range, processes: int) -> int:
    started, summary = time.monotonic(), CampaignSummary()
    with suppress(KeyboardInterrupt):  # print the summary of the schedules that have finished
        for summary in run_campaign(seeds, processes=processes):
            sys.stderr.write(f"\r{summary.schedules} of {len(seeds)} ")
    duration = f"{time.monotonic() - started:.0f} s with {processes} processes"
    print_lines("", *summary.lines(), duration)
    return 1 if summary.failures else 0


def run_crash_points(processes: int, *, pairs: int) -> int:
    started, summary = time.monotonic(), CrashSummary()
    tasks = all_tasks(ORDER_PATH if pairs else SCENARIOS, pairs=pairs)
    for summary in run_tasks(tasks, processes=processes):
        sys.stderr.write(f"\r{summary.points.total()} of {len(tasks)} ")
    duration = f"{time.monotonic() - started:.0f} s with {processes} processes"
    print_lines("", *summary.lines(), duration)
    return 1 if summary.failures else 0


def replay(name: str) -> int:
    """Run one schedule, named by its seed, or one crash run, named by its crash points."""
    if name.isdecimal():
        result = run_schedule(int(name))
        verdict = format_violations(result.violations)
    else:
        crash_run = find_run(name)
        verdict = "\n".join(crash_run.find_violations()) or format_violations(())
        result = crash_run.result()
    print_lines(
        *result.trace, "", f"faults: {dict(result.faults)}", f"orders: {dict(result.orders)}"
    )
    print_lines(verdict)
    return int(verdict != format_violations(()))


def print_lines(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
