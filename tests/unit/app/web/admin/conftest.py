"""Browsers of people who have signed in: a merchant, and a customer who is none."""

import pytest
from fastapi.testclient import TestClient

from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import signed_in


@pytest.fixture
def merchant(browser: TestClient) -> TestClient:
    return signed_in(browser, MERCHANT)


@pytest.fixture
def customer(another: TestClient) -> TestClient:
    return signed_in(another, "ada@potter.example")
