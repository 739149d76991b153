import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pynamodb.exceptions import GetError, TransactWriteError

from app.errors import Unavailable, Conflict, NotFound, ShopError, RateLimited, ValidationFailed
from app.web.http.access_log import AccessLogMiddleware
from app.web.http.errors import add_error_handlers
from app.web.security.safety import SecurityMiddleware
from app.web.security.sessions import SignInRequired
from tests.unit.app.web.pages import PART, heading, words

REFUSALS = [
    (NotFound("There is no such pot."), 404),
    (Conflict("It has moved on."), 409),
    (ValidationFailed("That will not do."), 422),
    (RateLimited("Please wait.", retry_after=7), 429),
    (Unavailable("We are busy."), 503),
]


def asking(error: Exception, path: str = "/pot") -> TestClient:
    """A browser before an application whose one route ends like this."""
    app = FastAPI()

    @app.get(path)
    def fail() -> None:
        raise error

    add_error_handlers(app)
    app.add_middleware(SecurityMiddleware)
    app.add_middleware(AccessLogMiddleware)
    return TestClient(app, follow_redirects=False)


@pytest.mark.parametrize(("error", "status"), REFUSALS)
def test_a_refusal_is_a_page_with_its_status_and_words(error: ShopError, status: int) -> None:
    answer = asking(error).get("/pot")

    assert answer.status_code == status
    assert error.message in words(answer)
    assert heading(answer)
    assert 'href="/"' in answer.text


@pytest.mark.parametrize(("error", "status"), REFUSALS)
def test_a_program_gets_a_problem_in_json(error: ShopError, status: int) -> None:
    answer = asking(error, "/api/pot").get("/api/pot")

    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["detail"] == error.message


def test_whoever_asked_too_often_is_told_when_to_come_back() -> None:
    assert asking(REFUSALS[3][0]).get("/pot").headers["retry-after"] == "7"


def test_a_refusal_for_htmx_goes_to_the_line_of_notices() -> None:
    answer = asking(NotFound("There is no such pot.")).get("/pot", headers=PART)

    assert answer.headers["hx-retarget"] == "#notice"
    assert answer.text.lstrip().startswith('<div id="notice"')
    assert "There is no such pot." in words(answer)


@pytest.mark.parametrize("path", ["/pot", "/api/pot"])
def test_a_crash_shows_nobody_what_broke(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    answer = asking(ValueError("the secret is 12345"), path).get(path)

    assert answer.status_code == 500
    assert "12345" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    line = capsys.readouterr().err
    assert '"error": "ValueError"' in line
    assert "12345" not in line


THROTTLED = ClientError({"Error": {"Code": "ThrottlingException"}}, "GetItem")
UNKNOWN_KEY = ClientError({"Error": {"Code": "ValidationException"}}, "GetItem")


@pytest.mark.parametrize("path", ["/pot", "/api/pot"])
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (GetError(cause=ReadTimeoutError(endpoint_url="store")), 503),
        (GetError(cause=THROTTLED), 503),
        (TransactWriteError("busy", THROTTLED), 503),
        (GetError(cause=UNKNOWN_KEY), 500),
    ],
)
def test_a_store_that_is_silent_or_overloaded_is_asked_again_later(
    error: Exception, status: int, path: str
) -> None:
    answer = asking(error, path).get(path)

    assert answer.status_code == status
    assert ("retry-after" in answer.headers) is (status == 503)


def test_a_page_for_people_we_know_leads_to_the_sign_in_and_back() -> None:
    answer = asking(SignInRequired()).get("/pot")

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/pot")


def test_a_part_of_such_a_page_lets_htmx_lead_there() -> None:
    answer = asking(SignInRequired()).get("/pot", headers=PART)

    assert answer.headers["hx-redirect"] == "/sign-in?next=/pot"


def test_a_wrong_parameter_is_not_repeated_on_the_page(browser: TestClient) -> None:
    answer = browser.get(f"/?category={'<b>' * 100}")

    assert answer.status_code == 422
    assert "<b><b>" not in answer.text


def test_a_wrong_method_gets_a_page_of_ours(browser: TestClient) -> None:
    answer = browser.post("/")

    assert answer.status_code == 405
    assert heading(answer) == "That cannot be done here"
