"""The API answers only what came through CloudFront, which knows the origin secret."""

import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.web.security.origin import ORIGIN_HEADER
from tests.crash_injection import recorded_calls
from tests.fake_clouds import override_settings

SENT, NEXT = "s" * 64, "n" * 64


@pytest.fixture
def secret() -> Iterator[None]:
    with override_settings(origin_secret=json.dumps({"sent": SENT})):
        yield


@pytest.mark.parametrize("header", ["", "s", SENT[:-1], SENT.upper(), f"{SENT}, {SENT}", NEXT, "ü"])
@pytest.mark.parametrize("path", ["/", "/healthz", "/api/products", "/nowhere"])
def test_request_without_the_secret_is_refused(
    browser: TestClient, secret: None, path: str, header: str
) -> None:
    response = browser.get(path, headers={ORIGIN_HEADER: header.encode()})

    assert response.status_code == 403
    assert response.text == "Forbidden"
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/checkout", "/sign-in", "/api/orders", "/webhooks/payments"])
def test_post_without_the_secret_is_refused_unread(
    browser: TestClient, secret: None, path: str
) -> None:
    with recorded_calls() as calls:
        response = browser.post(path, content=b"x" * 300_000)

    assert (response.status_code, response.text) == (403, "Forbidden")
    assert calls == []


def test_request_through_cloudfront_is_answered_without_a_call(
    browser: TestClient, secret: None
) -> None:
    with recorded_calls() as calls:
        assert browser.get("/healthz", headers={ORIGIN_HEADER: SENT}).status_code == 200

    assert calls == []


def test_two_values_are_accepted_while_the_secret_is_rotated(browser: TestClient) -> None:
    """At each of the three steps, the value that CloudFront sends before and after it is valid."""
    steps = ({"sent": SENT, "accepted": NEXT}, {"sent": NEXT, "accepted": SENT}, {"sent": NEXT})

    statuses = []
    for step in steps:
        with override_settings(origin_secret=json.dumps(step)):
            answers = [browser.get("/healthz", headers={ORIGIN_HEADER: it}) for it in (SENT, NEXT)]
            statuses.append([it.status_code for it in answers])

    assert statuses == [[200, 200], [200, 200], [403, 200]]


@pytest.mark.parametrize("emptied", ["{}", '{"sent": ""}'])
def test_secret_without_a_value_admits_nothing(browser: TestClient, emptied: str) -> None:
    with override_settings(origin_secret=emptied):
        assert browser.get("/healthz", headers={ORIGIN_HEADER: ""}).status_code == 403
