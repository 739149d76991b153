"""Browsers of people who have signed in: a merchant, and a customer who is none."""

from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from app.customers.models import SESSION_LASTS, Session, hashed, new_token, visitor_key
from tests.clouds import MERCHANT


def _signed_in(browser: TestClient, email: str) -> TestClient:
    token, now = new_token(), datetime.now(UTC)
    Session(
        visitor_key(hashed(token)),
        "session",
        email=email,
        signed_in_at=now,
        expires_at=now + SESSION_LASTS,
    ).save()
    browser.headers["Cookie"] = f"visitor={token}"
    return browser


@pytest.fixture
def merchant(browser: TestClient) -> TestClient:
    return _signed_in(browser, MERCHANT)


@pytest.fixture
def customer(another: TestClient) -> TestClient:
    return _signed_in(another, "ada@potter.example")
