"""Figures that only AWS has: cold starts, a load test, and the consistency of the data."""

import re
import subprocess
import sys
import time

import pytest

from infra.build.bundles import ROOT
from infra.ops.deployed_stack import DeployedStack
from tests.printed_figures import PrintFigure

START_DURATION = re.compile(r"(?:Init|Restore) Duration: ([\d.]+) ms")  # restored with SnapStart
COLD_START_GOAL_MS = 3_000  # of the web function, at its memory size
HOURS = 24


def run_shop(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "infra.cli", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.only_on_aws("logs no cold starts")
def test_web_function_starts_fast_enough(stack: DeployedStack, print_figure: PrintFigure) -> None:
    since = int((time.time() - HOURS * 3_600) * 1_000)
    pages = (
        stack.client("logs")
        .get_paginator("filter_log_events")
        .paginate(
            logGroupName=f"/aws/lambda/{stack.stack_name}-web",
            filterPattern='?"Init Duration" ?"Restore Duration"',
            startTime=since,
        )
    )
    lines = [event["message"] for page in pages for event in page["events"]]
    starts = sorted(float(it[1]) for line in lines if (it := START_DURATION.search(line)))
    if not starts:
        pytest.skip(f"no cold start is in the log of the last {HOURS} hours")
    print_figure(f"{len(starts)} cold starts, median {starts[len(starts) // 2]:.0f} ms")

    assert starts[len(starts) // 2] <= COLD_START_GOAL_MS


@pytest.mark.only_on_aws("has no quotas, and other times: use `shop load`")
def test_load_of_a_minute_loses_no_order(stack: DeployedStack) -> None:
    options = ("users=5", "seconds=60")

    done = run_shop("aws", "load", "--stack", stack.stack_name, "--headless", *options)

    assert done.returncode == 0, done.stdout + done.stderr


def test_data_of_all_orders_is_consistent(stack: DeployedStack) -> None:
    done = run_shop("verify", "--stack", stack.stack_name)

    assert done.returncode == 0, done.stdout + done.stderr
