"""Start locust on a plan, with its page or without, and wait until it is done."""

import os
import subprocess
import sys
from pathlib import Path

from infra.build.bundles import ROOT
from infra.user_error import Trouble
from tests.load.plan import Plan, write_plan

ARRIVAL = Path(__file__).parent / "arrivals.py"
LOCUST_FAILED_REQUESTS = 1  # it ends so when any request failed; whether that matters we judge
GRACE = 30  # seconds in which who is in the shop may finish


def generate(folder: Path, plan: Plan, *, headless: bool, page_port: int) -> None:
    """Returns when the load is over: by itself, or when locust's page was closed with Ctrl-C."""
    write_plan(folder, plan)
    how = ["--headless", "--only-summary"] if headless else ["--web-port", str(page_port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "locust", "-f", str(ARRIVAL), *how, *_options(plan)],
        cwd=ROOT,
        env={**os.environ, "LOAD_RUN": str(folder), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL if headless else None,
        stderr=(folder / "locust.log").open("wb"),
    )
    code = _outlived(process)
    if code not in (0, LOCUST_FAILED_REQUESTS):
        raise Trouble(f"The load could not be made: see {folder / 'locust.log'}.")


def _outlived(process: subprocess.Popen[bytes]) -> int:
    """Ctrl-C goes to both of us, and ends the load, not the judging."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def _options(plan: Plan) -> list[str]:
    users = plan.users or 1
    rate = users / plan.ramp if plan.users and plan.ramp else users
    kind = "Open" if plan.arrivals else "Closed"
    options = {"--users": users, "--spawn-rate": rate, "--run-time": f"{plan.seconds}s"}
    given = [str(it) for pair in options.items() for it in pair]
    return [kind, *given, "--stop-timeout", str(GRACE), "--loglevel", "WARNING"]
