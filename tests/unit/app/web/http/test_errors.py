"""Error responses: status codes, pages, htmx notices and problem+json."""

import json

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pynamodb.exceptions import GetError, TransactWriteError

from app.errors import Conflict, NotFound, RateLimited, ShopError, Unavailable, ValidationFailed
from app.web.http.access_log import AccessLogMiddleware
from app.web.http.errors import add_error_handlers
from app.web.security.errors import SignInRequired
from app.web.security.middleware import SecurityMiddleware
from tests.unit.app.web.pages import FRAGMENT_HEADERS, heading, page_text

ERRORS_WITH_STATUS = [
    (NotFound("There is no such pot."), 404),
    (Conflict("The order has changed."), 409),
    (ValidationFailed("The value is not valid."), 422),
    (RateLimited("Please wait.", retry_after=7), 429),
    (Unavailable("We are busy."), 503),
]


def client_raising(error: Exception, path: str = "/pot") -> TestClient:
    """A client of an application whose only route raises this error."""
    app = FastAPI()

    @app.get(path)
    def fail() -> None:
        raise error

    add_error_handlers(app)
    app.add_middleware(SecurityMiddleware)
    app.add_middleware(AccessLogMiddleware)
    return TestClient(app, follow_redirects=False)


@pytest.mark.parametrize(("error", "status"), ERRORS_WITH_STATUS)
def test_a_shop_error_becomes_a_page_with_its_status_and_message(
    error: ShopError, status: int
) -> None:
    response = client_raising(error).get("/pot")

    assert response.status_code == status
    assert error.message in page_text(response)
    assert heading(response)
    assert 'href="/"' in response.text


@pytest.mark.parametrize("error", [ValueError("a pot"), Unavailable("We are busy.")])
def test_a_server_error_shows_the_request_id_of_its_log_line(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    english = page_text(client_raising(error).get("/pot"))
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    german = client_raising(error).get("/pot", headers={"Accept-Language": "de"})

    assert line["level"] == "ERROR"
    assert f"Reference {line['request_id']}" in english
    assert "Referenz " in page_text(german)


def test_a_page_of_a_clients_error_has_no_reference() -> None:
    page = page_text(client_raising(NotFound("There is no such pot.")).get("/pot"))

    assert "Reference" not in page


@pytest.mark.parametrize(("error", "status"), ERRORS_WITH_STATUS)
def test_problem_json_has_the_request_id_of_its_log_line(
    error: ShopError, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    response = client_raising(error, "/api/pot").get("/api/pot")

    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert response.json()["request_id"] == line["request_id"] != ""


@pytest.mark.parametrize(("error", "status"), ERRORS_WITH_STATUS)
def test_an_api_error_is_problem_json(error: ShopError, status: int) -> None:
    response = client_raising(error, "/api/pot").get("/api/pot")

    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert response.json()["detail"] == error.message


def test_rate_limited_response_has_retry_after() -> None:
    assert client_raising(ERRORS_WITH_STATUS[3][0]).get("/pot").headers["retry-after"] == "7"


def test_an_error_for_htmx_goes_to_the_toast_of_the_page() -> None:
    response = client_raising(NotFound("There is no such pot.")).get(
        "/pot", headers=FRAGMENT_HEADERS
    )

    assert response.headers["hx-retarget"] == "#toast-message"
    assert response.text.lstrip().startswith("<strong>")
    assert "There is no such pot." in page_text(response)


@pytest.mark.parametrize("path", ["/pot", "/api/pot"])
def test_a_crash_reveals_nothing_about_the_error(
    path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    response = client_raising(ValueError("the secret is 12345"), path).get(path)

    assert response.status_code == 500
    assert "12345" not in response.text
    assert "Traceback" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"
    line = capsys.readouterr().err
    assert '"error":"ValueError"' in line
    assert "12345" not in line


THROTTLING_ERROR = ClientError({"Error": {"Code": "ThrottlingException"}}, "GetItem")
VALIDATION_ERROR = ClientError({"Error": {"Code": "ValidationException"}}, "GetItem")


@pytest.mark.parametrize("path", ["/pot", "/api/pot"])
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (GetError(cause=ReadTimeoutError(endpoint_url="store")), 503),
        (GetError(cause=THROTTLING_ERROR), 503),
        (TransactWriteError("busy", THROTTLING_ERROR), 503),
        (GetError(cause=VALIDATION_ERROR), 500),
    ],
)
def test_a_database_timeout_or_throttling_is_a_503_with_retry_after(
    error: Exception, status: int, path: str
) -> None:
    response = client_raising(error, path).get(path)

    assert response.status_code == status
    assert ("retry-after" in response.headers) is (status == 503)


def test_a_page_that_needs_authentication_redirects_to_the_sign_in_page() -> None:
    response = client_raising(SignInRequired()).get("/pot")

    assert (response.status_code, response.headers["location"]) == (303, "/sign-in?next=/pot")


def test_a_fragment_that_needs_authentication_redirects_through_htmx() -> None:
    response = client_raising(SignInRequired()).get("/pot", headers=FRAGMENT_HEADERS)

    assert response.headers["hx-redirect"] == "/sign-in?next=/pot"


def test_an_invalid_parameter_is_not_repeated_on_the_page(browser: TestClient) -> None:
    response = browser.get(f"/?category={'<b>' * 100}")

    assert response.status_code == 422
    assert "<b><b>" not in response.text


def test_a_method_that_is_not_allowed_gets_an_error_page(browser: TestClient) -> None:
    response = browser.post("/")

    assert response.status_code == 405
    assert heading(response) == "Not allowed"
