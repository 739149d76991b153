"""Browsers for the tests of the web application, on tables without streams and workers."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app.main import create_app
from infra.local.cloud import LocalCloud

type OpenBrowser = Callable[[], TestClient]


@pytest.fixture(scope="session")
def open_browser() -> OpenBrowser:
    """Opens browsers that do not follow redirects, so a test sees each response.

    Each has a network address of its own, because sign-in emails are rate limited by address.
    """
    return browser_factory()


def browser_factory() -> OpenBrowser:
    app = create_app()
    return lambda: TestClient(app, follow_redirects=False, client=(str(ULID()), 50_000))


@pytest.fixture
def browser(tables: LocalCloud, open_browser: OpenBrowser) -> TestClient:
    return open_browser()


@pytest.fixture
def another(tables: LocalCloud, open_browser: OpenBrowser) -> TestClient:
    """A second visitor's browser."""
    return open_browser()
