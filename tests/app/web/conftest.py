"""Visitors of the web door: each a browser of its own, before tables that hold and do not act."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from infra.local.cloud import LocalCloud

type OpenBrowser = Callable[[], TestClient]


@pytest.fixture(scope="session")
def open_browser() -> OpenBrowser:
    """A browser that follows no redirect by itself, so that a test sees each."""
    app = create_app()
    return lambda: TestClient(app, follow_redirects=False)


@pytest.fixture
def browser(tables: LocalCloud, open_browser: OpenBrowser) -> TestClient:
    return open_browser()


@pytest.fixture
def another(tables: LocalCloud, open_browser: OpenBrowser) -> TestClient:
    """Somebody else's browser."""
    return open_browser()
