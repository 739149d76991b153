"""`shop aws test` is skipped and counted without credentials; `shop aws load` reads limits."""

import os
import subprocess
import sys

import pytest

from infra.build.bundles import ROOT
from tests.load.template_limits import read_limits, read_limits_of

WITHOUT_CREDENTIALS = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="module")
def without_credentials() -> subprocess.CompletedProcess[str]:
    kept = {name: it for name, it in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-m", "infra.cli", "aws", "test", "--stack", "shop"],
        cwd=ROOT,
        env=kept | WITHOUT_CREDENTIALS,
        capture_output=True,
        text=True,
        check=False,
    )


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
