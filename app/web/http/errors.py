"""How the shop says no on the web: the status for each kind of refusal, and its page or JSON."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from app.errors import Unavailable, Conflict, NotFound, ShopError, RateLimited, ValidationFailed
from app.i18n.messages import lazy_gettext
from app.web.http.access_log import add_log_fields
from app.web.http.templating import render_page, wants_fragment
from app.web.security.redirects import local_path
from app.web.security.sessions import SignInRequired

STATUS_CODES: dict[type[ShopError], int] = {
    NotFound: 404,
    Conflict: 409,
    ValidationFailed: 422,
    RateLimited: 429,
    Unavailable: 503,
}
HEADINGS = {
    400: lazy_gettext("We could not read that"),
    403: lazy_gettext("That came from somewhere else"),
    404: lazy_gettext("There is nothing on this shelf"),
    405: lazy_gettext("That cannot be done here"),
    409: lazy_gettext("Something has changed"),
    413: lazy_gettext("That is too much at once"),
    415: lazy_gettext("We could not read that"),
    422: lazy_gettext("Something is not quite right"),
    429: lazy_gettext("One moment, please"),
    500: lazy_gettext("Something broke, and it was us"),
    503: lazy_gettext("We are very busy just now"),
}
DEFAULT_MESSAGES = {
    404: lazy_gettext("The page may have moved, or the piece has found a home."),
    405: lazy_gettext("This address answers to something else."),
    422: lazy_gettext("Something in this address or form is not what we expected."),
}
RETRY_AFTER_SECONDS = "2"  # seconds, when the shop is busy


def add_error_handlers(app: FastAPI) -> None:
    """Answer each kind of refusal in the way of the door it came through."""
    app.add_exception_handler(ShopError, _shop_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(SignInRequired, _sign_in)


def render_problem(
    request: Request, status: int, message: str, headers: dict[str, str] | None = None
) -> Response:
    """A page with a way on; the notice of the page, for a part of one; JSON for a program."""
    if request.url.path.startswith("/api/"):
        body = {"status": status, "title": HEADINGS.get(status, "Refused"), "detail": message}
        return JSONResponse(body, status, headers, media_type="application/problem+json")
    answer = render_page(
        request,
        "errors/problem.html",
        parts=["notice"],
        status=status,
        heading=HEADINGS.get(status, HEADINGS[400]),
        message=message,
        code=status,
    )
    if wants_fragment(request):
        # Wherever the part was meant to go, this is for the page's line of notices.
        answer.headers.update({"HX-Retarget": "#notice", "HX-Reswap": "outerHTML"})
    answer.headers.update(headers or {})
    return answer


def status_code(error: ShopError) -> int:
    return next(status for kind, status in STATUS_CODES.items() if isinstance(error, kind))


def add_retry_after(error: ShopError, answer: Response) -> Response:
    """The same answer, saying after how many seconds it is worth trying again."""
    if isinstance(error, RateLimited):
        answer.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unavailable):
        answer.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return answer


def render_crash(request: Request) -> Response:
    """Drawn without asking the data store anything: it may be what broke."""
    return render_problem(
        request, 500, lazy_gettext("It is written down, and nothing was lost. Please try again.")
    )


def render_unavailable(request: Request) -> Response:
    """Whether something was done is unknown; each form and each key does it once all the same."""
    said = "Please try again in a moment, with the same page: nothing is ever bought twice."
    return render_problem(request, 503, said, {"Retry-After": RETRY_AFTER_SECONDS})


async def _shop_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, ShopError):
        raise error
    add_log_fields(request.scope, refused=type(error).__name__)
    return add_retry_after(error, render_problem(request, status_code(error), error.message))


async def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    message = DEFAULT_MESSAGES.get(error.status_code, lazy_gettext("That did not work."))
    return render_problem(request, error.status_code, message, dict(error.headers or {}))


async def _not_valid(request: Request, error: Exception) -> Response:
    """Which input was wrong, and how; never what was typed."""
    if not isinstance(error, RequestValidationError):
        raise error
    if not request.url.path.startswith("/api/"):
        return render_problem(request, 422, DEFAULT_MESSAGES[422])
    found = error.errors()
    wrong = [
        {
            "where": "/".join(str(step) for step in one["loc"]),
            "what": one["msg"].removeprefix("Value error, "),
        }
        for one in found
    ]
    # A header belongs to how one asks, not to what is asked for: without it we cannot begin.
    status = 400 if any(one["loc"][0] == "header" for one in found) else 422
    body = {
        "status": status,
        "title": HEADINGS[status],
        "detail": DEFAULT_MESSAGES[422],
        "errors": wrong,
    }
    return JSONResponse(body, status, media_type="application/problem+json")


async def _sign_in(request: Request, _: Exception) -> Response:
    add_log_fields(request.scope, refused="SignInNeeded")
    target = f"/sign-in?next={_way_back(request)}"
    if wants_fragment(request):
        return Response(status_code=204, headers={"HX-Redirect": target})
    return RedirectResponse(target, 303)


def _way_back(request: Request) -> str:
    """Where to go on after signing in; a form is not sent again, so back to where it stands.

    The path came in with the request and goes out in a header: only what is surely a path of ours.
    """
    path = request.url.path
    return local_path(path if request.method == "GET" else f"/{path.split('/')[1]}")
