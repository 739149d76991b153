"""`shop simulate` and `shop replay`, from the inside."""

import argparse
import sys
import time

import tests.conftest  # noqa: F401 (must not know any account)
from infra.audit import told
from tests.simulator.campaign import Tally, campaign
from tests.simulator.schedule import play


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("--schedules", type=int, default=500)
    asked.add_argument("--first", type=int, default=1)
    asked.add_argument("--processes", type=int, default=2)
    asked.add_argument("--replay", type=int)
    given = asked.parse_args()
    if given.replay is not None:
        return replay(given.replay)
    return simulate(range(given.first, given.first + given.schedules), given.processes)


def simulate(seeds: range, processes: int) -> int:
    began, tally = time.monotonic(), Tally()
    for tally in campaign(seeds, processes=processes):
        sys.stderr.write(f"\r{tally.schedules} of {len(seeds)} ")
    took = f"{time.monotonic() - began:.0f} s with {processes} processes"
    say("", *tally.lines(), took)
    return 1 if tally.broken else 0


def replay(seed: int) -> int:
    result = play(seed)
    say(*result.story, "", f"faults: {dict(result.faults)}", f"orders: {dict(result.orders)}")
    say(told(result.breaches))
    return 1 if result.breaches else 0


def say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
