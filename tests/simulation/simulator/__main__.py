"""`shop simulate` and `shop replay`, from the inside."""

import argparse
import sys
import time
from contextlib import suppress

import tests.conftest  # noqa: F401 (must not know any account)
from app.verification import told
from tests.simulation.simulator.campaign import Tally, campaign
from tests.simulation.simulator.crash_points import ALL, NONE, TALES, all_tasks, crashes, named
from tests.simulation.simulator.crash_points import Tally as CrashTally
from tests.simulation.simulator.scenarios import ORDER_PATH
from tests.simulation.simulator.schedule import play


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("--schedules", type=int, default=500)
    asked.add_argument("--first", type=int, default=1)
    asked.add_argument("--processes", type=int, default=2)
    asked.add_argument("--replay")
    asked.add_argument("--crash-points", action="store_true")
    asked.add_argument("--pairs", action="store_true")
    given = asked.parse_args()
    if given.replay is not None:
        return replay(given.replay)
    if given.crash_points or given.pairs:
        return crash(given.processes, pairs=ALL if given.pairs else NONE)
    return simulate(range(given.first, given.first + given.schedules), given.processes)


def simulate(seeds: range, processes: int) -> int:
    began, tally = time.monotonic(), Tally()
    with suppress(KeyboardInterrupt):  # what was played so far is told all the same
        for tally in campaign(seeds, processes=processes):
            sys.stderr.write(f"\r{tally.schedules} of {len(seeds)} ")
    took = f"{time.monotonic() - began:.0f} s with {processes} processes"
    say("", *tally.lines(), took)
    return 1 if tally.broken else 0


def crash(processes: int, *, pairs: int) -> int:
    began, tally = time.monotonic(), CrashTally()
    given = all_tasks(ORDER_PATH if pairs else TALES, pairs=pairs)
    for tally in crashes(given, processes=processes):
        sys.stderr.write(f"\r{tally.points.total()} of {len(given)} ")
    took = f"{time.monotonic() - began:.0f} s with {processes} processes"
    say("", *tally.lines(), took)
    return 1 if tally.broken else 0


def replay(name: str) -> int:
    """A schedule by its seed, or a crash point by its name."""
    if name.isdecimal():
        result = play(int(name))
        wrong = told(result.breaches)
    else:
        telling = named(name)
        wrong = "\n".join(telling.wrong()) or told(())
        result = telling.result()
    say(*result.story, "", f"faults: {dict(result.faults)}", f"orders: {dict(result.orders)}")
    say(wrong)
    return int(wrong != told(()))


def say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
