"""The last test of a stack that is not needed any more: with `--down`, it deletes the stack."""

import pytest

from infra.aws.leftovers import remaining_resources
from infra.ops.deployed_stack import DeployedStack
from tests.aws.test_measurements import run_shop


def test_deleted_stack_leaves_nothing(stack: DeployedStack, request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--down", default=False):
        pytest.skip("deletes the stack: run it with --down")

    done = run_shop("aws", "down", "--stack", stack.stack_name, "--yes")

    assert done.returncode == 0, done.stdout + done.stderr
    assert remaining_resources(stack) == []
