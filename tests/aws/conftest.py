"""The stack that the tests read; all are skipped without its name or without credentials.

`shop aws test` runs this folder without tests/conftest.py, which keeps all other tests from AWS.
"""

from collections.abc import Iterator

import boto3
import pytest

from infra.aws.stages import present_parameters
from infra.ops.deployed_stack import DeployedStack
from tests.aws.api_client import ApiClient
from tests.printed_figures import print_figure  # noqa: F401 (a fixture)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--stack", default="", help="the stack on AWS that the tests read")
    parser.addoption("--down", action="store_true", help="let the last test delete the stack")


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> DeployedStack:
    name = request.config.getoption("--stack", default="")
    if not name:
        pytest.skip("needs a stack: run `shop aws test --stack NAME`")
    session = boto3.Session()
    if not session.region_name or session.get_credentials() is None:
        pytest.skip("needs AWS credentials and a region")
    return DeployedStack.on_aws(name)


@pytest.fixture(scope="session")
def parameters(stack: DeployedStack) -> dict[str, str]:
    return present_parameters(stack)


@pytest.fixture
def api(stack: DeployedStack) -> Iterator[ApiClient]:
    with ApiClient(stack.outputs()["BaseUrl"]) as client:
        yield client


@pytest.fixture
def real_aws(stack: DeployedStack) -> None:
    """Skips what the local cloud has not, when `shop env` points the tests at it."""
    if stack.client("sts").get_caller_identity()["Account"] == "0" * 12:
        pytest.skip("the local cloud has none of it")
