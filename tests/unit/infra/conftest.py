"""A local cloud with nothing deployed."""

from collections.abc import Iterator

import pytest

from infra.local.cloud import LocalCloud
from infra.local.ports import find_free_port


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    cloud = LocalCloud(tmp_path_factory.mktemp("cloud"), find_free_port(), find_free_port())
    cloud.start()
    yield cloud
    cloud.stop()
