"""Repeats one run by its name, alone, exactly as in the campaign that found it."""

from tests.simulation.simulator.campaign import process_pool
from tests.simulation.simulator.crash_points import find_run
from tests.simulation.simulator.outage_runs import OUTAGE_SCENARIOS
from tests.simulation.simulator.run import Result
from tests.simulation.simulator.schedule import run_schedule

type NamedRun = tuple[Result, tuple[str, ...]]  # with the violations


def run_alone(name: str) -> NamedRun:
    """Run a seed, an outage or a crash run in a new process, prepared as those of a campaign."""
    with process_pool(1) as pool:
        return pool.submit(run_by_name, name).result()


def run_by_name(name: str) -> NamedRun:
    if name.isdecimal():
        result = run_schedule(int(name))
        return result, tuple(map(str, result.violations))
    for scenario in OUTAGE_SCENARIOS:
        if scenario.name == name:
            outage = scenario.run()
            return outage.result, outage.violations
    crash_run = find_run(name)
    violations = crash_run.find_violations()
    return crash_run.result(), violations
