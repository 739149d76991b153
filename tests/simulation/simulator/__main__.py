"""`shop simulate` and `shop replay`, as a process of their own."""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Protocol

import tests.conftest  # noqa: F401 (removes AWS credentials from the environment)
from app.verification import format_violations
from tests.simulation.simulator.campaign import run_campaign
from tests.simulation.simulator.crash_points import (
    SCENARIOS,
    all_tasks,
    pair_tasks,
    run_tasks,
)
from tests.simulation.simulator.outage_runs import OUTAGE_SCENARIOS, run_outages
from tests.simulation.simulator.replay import run_alone
from tests.simulation.simulator.scenarios import ORDER_PATH

DEFAULT_SCHEDULES = 500


class Summary(Protocol):
    """The results of many runs. ``failures`` has the names of those that broke a rule."""

    @property
    def failures(self) -> Mapping[Any, object]: ...

    @property
    def progress(self) -> int:
        """How many runs have finished."""
        ...

    def lines(self) -> Iterator[str]: ...


def main() -> int:
    args = parse_arguments()
    if args.replay is not None:
        return replay(args.replay)
    codes = [run_lane(lane) for lane in chosen_lanes(args)]
    return max(codes)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--schedules", type=int)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--replay")
    parser.add_argument("--crash-points", action="store_true")
    parser.add_argument("--pairs", action="store_true")
    parser.add_argument("--outages", action="store_true")
    return parser.parse_args()


def chosen_lanes(args: argparse.Namespace) -> Iterator[Iterable[Summary]]:
    """Everything that was asked for, one after another; random schedules if nothing was."""
    processes = args.processes
    if args.outages:
        yield run_outages(OUTAGE_SCENARIOS, processes=processes)
    if args.crash_points:
        yield run_tasks(all_tasks(SCENARIOS), processes=processes)
    if args.pairs:
        yield run_tasks(pair_tasks(ORDER_PATH), processes=processes)
    if args.schedules or not (args.outages or args.crash_points or args.pairs):
        number = args.schedules or DEFAULT_SCHEDULES
        yield run_campaign(range(args.first, args.first + number), processes=processes)


def run_lane(summaries: Iterable[Summary]) -> int:
    started, finished = time.monotonic(), list[Summary]()
    with suppress(KeyboardInterrupt):  # print the summary of the runs that have finished
        for summary in summaries:
            finished = [summary]
            sys.stderr.write(f"\r{summary.progress} ")
    duration = f"{time.monotonic() - started:.0f} s"
    print_lines("", *(line for it in finished for line in it.lines()), duration)
    return int(not finished or any(it.failures for it in finished))


def replay(name: str) -> int:
    """Run one schedule, named by its seed, one outage, or one crash run."""
    result, violations = run_alone(name)
    print_lines(*result.trace, "", f"faults: {dict(result.faults)}")
    print_lines(f"orders: {dict(result.orders)}", f"trace {result.digest}")
    print_lines(*dict.fromkeys(violations or (format_violations(()),)))
    return int(bool(violations))


def print_lines(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
