"""Visitors of the web door: each a browser of its own, before tables that hold and do not act."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app.main import create_app
from infra.local.cloud import LocalCloud

type OpenBrowser = Callable[[], TestClient]


@pytest.fixture(scope="session")
def open_browser() -> OpenBrowser:
    """A browser that follows no redirect by itself, so that a test sees each.

    Each is in a network of its own, since a network gets only so many sign-in letters.
    """
    return browsers()


def browsers() -> OpenBrowser:
    app = create_app()
    return lambda: TestClient(app, follow_redirects=False, client=(str(ULID()), 50_000))


@pytest.fixture
def browser(tables: LocalCloud, open_browser: OpenBrowser) -> TestClient:
    return open_browser()


@pytest.fixture
def another(tables: LocalCloud, open_browser: OpenBrowser) -> TestClient:
    """Somebody else's browser."""
    return open_browser()
