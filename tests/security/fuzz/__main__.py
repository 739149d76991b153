"""`shop fuzz`, as a process of its own: random requests against the web app in this process."""

import argparse
import io
import sys
import tempfile
import time
from contextlib import redirect_stderr
from pathlib import Path

import tests.conftest  # noqa: F401 (removes AWS credentials from the environment)
from tests.fake_clouds import passive_cloud
from tests.security.conftest import open_callers
from tests.security.fuzz.runner import FuzzSummary, run_fuzz
from tests.unit.app.web.conftest import browser_factory


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    started = time.monotonic()
    summary = send_requests(args.cases, args.seed)
    lines = [summary.line(), *summary.failures[:20], f"{time.monotonic() - started:.0f} s"]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 1 if summary.failures else 0


def send_requests(cases: int, seed: int) -> FuzzSummary:
    """Discards the access log."""
    with (
        tempfile.TemporaryDirectory() as home,
        redirect_stderr(io.StringIO()),
        passive_cloud(Path(home)) as cloud,
        open_callers(cloud, browser_factory()) as callers,
    ):
        return run_fuzz(callers, cases, seed)


if __name__ == "__main__":
    sys.exit(main())
