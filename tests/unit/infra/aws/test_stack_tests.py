"""`shop aws test` is skipped and counted without credentials; `shop aws load` reads limits."""

import os
import subprocess
import sys
from collections.abc import Mapping

import pytest

from infra.build.bundles import ROOT
from infra.local.cloud import LocalCloud
from tests.load.template_limits import read_limits, read_limits_of

WITHOUT_CREDENTIALS = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def run_shop(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `shop` with no other settings of AWS than these."""
    kept = {name: it for name, it in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-m", "infra.cli", *arguments],
        cwd=ROOT,
        env={**kept, **WITHOUT_CREDENTIALS, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def without_credentials() -> subprocess.CompletedProcess[str]:
    return run_shop({}, "aws", "test", "--stack", "shop")


def test_tests_of_a_stack_are_skipped_and_counted_without_credentials(
    without_credentials: subprocess.CompletedProcess[str],
) -> None:
    last = without_credentials.stdout.strip().splitlines()[-1]

    assert "skipped" in last
    assert "passed" not in last
    assert "failed" not in last
    assert "needs AWS credentials and a region" in without_credentials.stdout


def test_report_says_that_nothing_was_run_on_aws() -> None:
    report = (ROOT / "tests/reports/aws.md").read_text("utf-8")

    rows = [line for line in report.splitlines() if line.startswith("| 20")]
    assert ("Not run yet" in report) == (rows == [])


def test_forecast_of_a_stack_has_the_limits_of_its_own_parameters() -> None:
    """CloudFormation has all values as text, so "0" must not count as a limit."""
    parameters = {"Stage": "demo", "RequestsPerSecond": "0", "OrdersPerSecond": "0"}

    assert read_limits_of(parameters) == read_limits("demo")
    raised = read_limits_of({**parameters, "Stage": "production", "OrdersPerSecond": "400"})
    assert raised.orders_per_second == 400
    assert raised.requests_per_second == read_limits("production").requests_per_second


def test_tests_of_a_stack_that_does_not_exist_end_with_one_sentence(
    tables_cloud: LocalCloud,
) -> None:
    done = run_shop(dict(tables_cloud.env), "aws", "test", "--stack", "misspelt")

    words = "There is no stack misspelt in eu-central-1. Check the stack's name and the region."
    assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode != 0
