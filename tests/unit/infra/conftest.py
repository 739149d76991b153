"""A bare local cloud: the emulator and nothing in it."""

from collections.abc import Iterator

import pytest

from infra.local.cloud import LocalCloud
from infra.local.ports import any_free


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    cloud = LocalCloud(tmp_path_factory.mktemp("cloud"), any_free(), any_free())
    cloud.start()
    yield cloud
    cloud.stop()
