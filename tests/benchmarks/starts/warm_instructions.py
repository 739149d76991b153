"""Count the instructions of warm requests: a process of its own replays DynamoDB's answers.

CPU time varies by a fifth from hour to hour, instructions by less than a hundredth, so two commits
can be compared. The emulated DynamoDB would run in the same process and would be counted too;
therefore its answers are recorded here and replayed there.
"""

import pickle
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from msgspec import structs

from infra.user_error import UserError
from tests.benchmarks.cost.browsing import BASE_URL
from tests.benchmarks.starts.budget import MINIMAL
from tests.benchmarks.starts.recorded_answers import record_requests
from tests.benchmarks.starts.starts import ENVIRONMENT
from tests.benchmarks.starts.warm import MINIMAL_APP, PAGES, WarmRequest, minimal_event
from tests.simulation.simulator.run import SETTINGS

WARM_UP, REPETITIONS = 3, 10
# Callgrind writes its counts and starts again from zero whenever this C function is called.
MARKER = "getpriority"
CALLGRIND = ("valgrind", "--tool=callgrind", f"--dump-before={MARKER}")
PROGRAM = f"""
import os, pickle, sys
sys.path[:] = [it for it in sys.path if "site-packages" not in it] + [sys.argv[1]]
with open(sys.argv[2], "rb") as file:
    recorded = pickle.load(file)
from botocore.client import BaseClient
from app import clock
from app.lambda_handler import handler
{MINIMAL_APP}
def answer(client, operation, parameters):
    tables = parameters.get("RequestItems") or [parameters["TableName"]]
    return answers[operation, *tables]
BaseClient._make_api_call = answer
now = clock.now()
with clock.use_clock(lambda: now):  # else the cached catalog expires while a page is counted
    for number, (event, answers) in enumerate(recorded):
        respond = handler if number else minimal
        for times in ({WARM_UP}, {REPETITIONS}):
            for _ in range(times):
                assert respond(event, None)["statusCode"] == 200
            os.{MARKER}(os.PRIO_PROCESS, 0)
os._exit(0)
"""


def with_instructions(requests: list[WarmRequest], bundle: Path) -> list[WarmRequest]:
    """The same requests with their instructions, where these are counted."""
    counted = count_warm_instructions(bundle)
    return [structs.replace(it, instructions=counted.get(it.name)) for it in requests]


def count_warm_instructions(bundle: Path) -> dict[str, float]:
    """Millions of instructions of one warm request, by page. Takes two minutes."""
    names = (MINIMAL, *PAGES)
    with tempfile.TemporaryDirectory() as scratch:
        counts = Path(scratch) / "counts"
        replay_requests(bundle, *CALLGRIND, f"--callgrind-out-file={counts}")
        # The first count of each page is that of its first requests, which fill the caches.
        totals = [_total(counts.with_suffix(f".{2 * it}")) for it in range(1, len(names) + 1)]
    return dict(zip(names, (it / REPETITIONS / 1e6 for it in totals), strict=True))


def _total(counts: Path) -> int:
    (total,) = re.findall(r"^totals: (\d+)", counts.read_text(), re.MULTILINE)
    return int(total)


def replay_requests(bundle: Path, *tool: str) -> None:
    """Request each page several times in a process of its own, which ``tool`` may measure.

    Raises ``UserError`` if a response is no success.
    """
    settings = {name.upper(): value for name, value in {**SETTINGS, "base_url": BASE_URL}.items()}
    with tempfile.NamedTemporaryFile() as recording:
        pickle.dump([(minimal_event(), {}), *record_requests()], recording)
        recording.flush()
        program = ("-S", "-s", "-P", "-c", PROGRAM, str(bundle), recording.name)
        done = subprocess.run(
            [*tool, sys.executable, *program],
            env={**ENVIRONMENT, **settings, "PYTHONHASHSEED": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise UserError(f"The warm requests failed: {done.stderr[-400:]}")
