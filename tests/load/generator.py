"""Run Locust on a plan, with or without its web page, and wait until it ends."""

import os
import subprocess
import sys
from pathlib import Path

from infra.build.bundles import ROOT
from infra.user_error import UserError
from tests.load.plan import Plan, write_plan

LOCUSTFILE = Path(__file__).parent / "locustfile.py"
LOCUST_FAILED_REQUESTS = (
    1  # Locust's exit code if any request failed; the assertions decide on that
)
STOP_TIMEOUT = 30  # seconds for visits in progress to finish


def generate(folder: Path, plan: Plan, *, headless: bool, page_port: int) -> None:
    """Return when the load ends: after the plan's duration, or at Ctrl-C on Locust's page.

    Raises ``UserError`` if Locust fails.
    """
    write_plan(folder, plan)
    page = ["--headless", "--only-summary"] if headless else ["--web-port", str(page_port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), *page, *_options(plan)],
        cwd=ROOT,
        env={**os.environ, "LOAD_RUN": str(folder), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL if headless else None,
        stderr=(folder / "locust.log").open("wb"),
    )
    code = _wait_through_ctrl_c(process)
    if code not in (0, LOCUST_FAILED_REQUESTS):
        raise UserError(f"Locust failed: see {folder / 'locust.log'}.")


def _wait_through_ctrl_c(process: subprocess.Popen[bytes]) -> int:
    """Ctrl-C reaches both processes; it ends the load, and the assertions follow."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def _options(plan: Plan) -> list[str]:
    users = plan.users or 1
    rate = users / plan.ramp if plan.users and plan.ramp else users
    user_class = "OpenModelUser" if plan.arrivals else "ClosedModelUser"
    options = {"--users": users, "--spawn-rate": rate, "--run-time": f"{plan.seconds}s"}
    words = [str(word) for pair in options.items() for word in pair]
    return [user_class, *words, "--stop-timeout", str(STOP_TIMEOUT), "--loglevel", "WARNING"]
