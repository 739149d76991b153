"""Browsers of a merchant and of a customer who are signed in."""

import pytest
from fastapi.testclient import TestClient

from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import sign_in_as


@pytest.fixture
def merchant(browser: TestClient) -> TestClient:
    return sign_in_as(browser, MERCHANT)


@pytest.fixture
def customer(another: TestClient) -> TestClient:
    return sign_in_as(another, "ada@potter.example")
