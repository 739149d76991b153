"""Fixtures of all tests. No test can reach a real AWS account.

`tables` is an emulator with tables, queues and buckets but without functions, for code that is
called in this process. `shop` is the whole deployed stack. Tests are isolated by unique ids; no
table is emptied between them.
"""

import os
from collections.abc import Generator, Iterator

import hypothesis
import pytest

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ |= {
    "STACK_NAME": "hearth-and-clay",
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",  # a closed port: each test chooses its cloud
}

from infra.local.cloud import LocalCloud  # noqa: E402 (reads the environment set above)
from tests import fake_clouds  # noqa: E402
from tests.builders import cleaned_up  # noqa: E402
from tests.fake_clouds import DeployedShop, use_cloud  # noqa: E402
from tests.integration.second_opinion.moto_cloud import moto_cloud  # noqa: E402
from tests.printed_figures import print_figure  # noqa: E402, F401 (a fixture of all tests)
from tests.security.evidence import all_evidence  # noqa: E402

# A run tries the same examples each time, so that a test fails for the change that broke it. To
# search for new ones: `pytest --hypothesis-profile=search`. No example has a time limit: it would
# fail at random on a machine that also runs other tests.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.register_profile("search", max_examples=2_000, deadline=None)
hypothesis.settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record", action="store_true", help="write the recorded AWS calls to the file"
    )
    parser.addoption(
        "--on-moto", action="store_true", help="run on Moto instead of the local cloud"
    )
    parser.addoption("--long", action="store_true", help="the long form of tests that have one")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a skipped test that tests/security names as evidence."""
    report = yield
    if report.skipped and item.nodeid.partition("[")[0] in all_evidence():
        report.outcome = "failed"
        report.longrepr = "A requirement in tests/security names this test: it may not be skipped."
    return report


@pytest.fixture(scope="session")
def tables_cloud(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[LocalCloud]:
    start = moto_cloud if request.config.getoption("--on-moto") else fake_clouds.passive_cloud
    with start(tmp_path_factory.mktemp("tables")) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def open_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeployedShop]:
    with fake_clouds.deployed_shop(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture
def tables(tables_cloud: LocalCloud) -> Iterator[LocalCloud]:
    """The code in this process calls an emulator without functions: no event has a consumer."""
    use_cloud(fake_clouds.passive_settings(tables_cloud))
    with cleaned_up():
        yield tables_cloud


@pytest.fixture
def shop(open_shop: DeployedShop) -> DeployedShop:
    """The code in this process calls the deployed stack, whose functions consume every event."""
    use_cloud(fake_clouds.deployed_settings(open_shop))
    return open_shop
