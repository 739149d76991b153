"""The stack that the tests read; all are skipped without its name or without credentials.

`shop aws test` runs this folder without tests/conftest.py, which keeps all other tests from AWS.
"""

from collections.abc import Iterator

import boto3
import pytest

from infra.aws.errors import AWS_ERRORS, to_user_error
from infra.aws.stack_states import require_running
from infra.aws.stages import present_parameters
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError
from tests.aws.api_client import ApiClient
from tests.aws.merchant import Merchant
from tests.printed_figures import print_figure  # noqa: F401 (a fixture)

LOCAL_ACCOUNT = "0" * 12


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--stack", default="", help="the stack on AWS that the tests read")
    parser.addoption("--down", action="store_true", help="let the last test delete the stack")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A run that skipped every test is no success, for example in a job of CI."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and exitstatus == pytest.ExitCode.OK and "passed" not in reporter.stats:
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED


def pytest_configure(config: pytest.Config) -> None:
    marker = "only_on_aws(reason): the local cloud cannot do it"
    config.addinivalue_line("markers", marker)


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> DeployedStack:
    name = request.config.getoption("--stack", default="")
    if not name:
        pytest.skip("needs a stack: run `shop aws test --stack NAME`")
    try:
        session = boto3.Session()
        if not session.region_name or session.get_credentials() is None:
            pytest.skip("needs AWS credentials and a region")
        deployed = DeployedStack.on_aws(name)
        require_running(deployed)
    except (UserError, *AWS_ERRORS) as error:  # no test can run
        pytest.exit(str(to_user_error(error)), returncode=pytest.ExitCode.USAGE_ERROR)
    return deployed


@pytest.fixture(scope="session")
def parameters(stack: DeployedStack) -> dict[str, str]:
    return present_parameters(stack)


@pytest.fixture
def api(stack: DeployedStack) -> Iterator[ApiClient]:
    with ApiClient(stack.outputs()["BaseUrl"]) as client:
        yield client


@pytest.fixture
def merchant(stack: DeployedStack, parameters: dict[str, str]) -> Merchant:
    owner = parameters["OwnerEmails"].partition(",")[0].strip()
    return Merchant.sign_in(stack, owner)


@pytest.fixture(autouse=True)
def skip_on_local_cloud(request: pytest.FixtureRequest) -> None:
    """Skips a test marked ``only_on_aws(reason)`` when `shop env` points it at the local cloud."""
    marker = request.node.get_closest_marker("only_on_aws")
    if marker is None:
        return
    stack: DeployedStack = request.getfixturevalue("stack")
    if stack.client("sts").get_caller_identity()["Account"] == LOCAL_ACCOUNT:
        pytest.skip(f"the local cloud {marker.args[0]}")
