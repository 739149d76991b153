"""`shop fuzz`, as a process of its own: hostile and random requests to the web app in it."""

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
from tests.security.fuzz.hostile_values import hostile_requests
from tests.security.fuzz.runner import FuzzSummary, run_fuzz, send_all
from tests.unit.app.web.conftest import browser_factory


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    started = time.monotonic()
    summaries = send_requests(args.cases, args.seed)
    for kind, summary in summaries.items():
        lines = [summary.line(kind), *summary.failures[:20], *summary.warnings()]
        sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.write(f"{time.monotonic() - started:.0f} s\n")
    return 1 if any(summary.failures for summary in summaries.values()) else 0


def send_requests(cases: int, seed: int) -> dict[str, FuzzSummary]:
    """Hostile values in every place, then random requests. Discards the access log."""
    with (
        tempfile.TemporaryDirectory() as home,
        redirect_stderr(io.StringIO()),
        passive_cloud(Path(home)) as cloud,
        open_callers(cloud, browser_factory()) as callers,
    ):
        return {
            "hostile": send_all(callers, hostile_requests(callers)),
            "random": run_fuzz(callers, cases, seed),
        }


if __name__ == "__main__":
    sys.exit(main())
