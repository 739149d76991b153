"""The API's description is a file, which the functions serve; a change of it is seen in review.

`pytest tests/unit/app/web/api/test_openapi_file.py --record` writes it.
"""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.web.api.docs import OPENAPI_FILE, describe_api


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return describe_api(create_app())


def test_the_file_describes_the_api_as_it_is(
    described: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    """If not, run this test with ``--record``."""
    if request.config.getoption("--record"):
        text = json.dumps(described, indent=1, ensure_ascii=False)
        OPENAPI_FILE.write_text(f"{text}\n")

    assert json.loads(OPENAPI_FILE.read_text()) == described


def test_the_file_is_served(browser: TestClient, described: dict[str, Any]) -> None:
    response = browser.get("/openapi.json")

    assert response.headers["content-type"] == "application/json"
    assert response.json() == described
