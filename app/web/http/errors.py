"""How the shop says no on the web: the status for each kind of refusal, and its page or JSON."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from app.errors import Busy, Conflict, NotFound, ShopError, TooMany, Unacceptable
from app.i18n.messages import said
from app.web.http.access_log import remark
from app.web.http.templating import page, wants_part
from app.web.security.redirects import own_path
from app.web.security.sessions import SignInNeeded

STATUS: dict[type[ShopError], int] = {
    NotFound: 404,
    Conflict: 409,
    Unacceptable: 422,
    TooMany: 429,
    Busy: 503,
}
HEADINGS = {
    400: said("We could not read that"),
    403: said("That came from somewhere else"),
    404: said("There is nothing on this shelf"),
    405: said("That cannot be done here"),
    409: said("Something has changed"),
    413: said("That is too much at once"),
    415: said("We could not read that"),
    422: said("Something is not quite right"),
    429: said("One moment, please"),
    500: said("Something broke, and it was us"),
    503: said("We are very busy just now"),
}
SAID_BY_DEFAULT = {
    404: said("The page may have moved, or the piece has found a home."),
    405: said("This address answers to something else."),
    422: said("Something in this address or form is not what we expected."),
}
TRY_AGAIN_AFTER = "2"  # seconds, when the shop is busy


def explain_errors(app: FastAPI) -> None:
    """Answer each kind of refusal in the way of the door it came through."""
    app.add_exception_handler(ShopError, _shop_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(SignInNeeded, _sign_in)


def problem(
    request: Request, status: int, message: str, headers: dict[str, str] | None = None
) -> Response:
    """A page with a way on; the notice of the page, for a part of one; JSON for a program."""
    if request.url.path.startswith("/api/"):
        body = {"status": status, "title": HEADINGS.get(status, "Refused"), "detail": message}
        return JSONResponse(body, status, headers, media_type="application/problem+json")
    answer = page(
        request,
        "errors/problem.html",
        parts=["notice"],
        status=status,
        heading=HEADINGS.get(status, HEADINGS[400]),
        message=message,
        code=status,
    )
    if wants_part(request):
        # Wherever the part was meant to go, this is for the page's line of notices.
        answer.headers.update({"HX-Retarget": "#notice", "HX-Reswap": "outerHTML"})
    answer.headers.update(headers or {})
    return answer


def status_of(error: ShopError) -> int:
    return next(status for kind, status in STATUS.items() if isinstance(error, kind))


def told_when(error: ShopError, answer: Response) -> Response:
    """The same answer, saying after how many seconds it is worth trying again."""
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Busy):
        answer.headers["Retry-After"] = TRY_AGAIN_AFTER
    return answer


def crash_page(request: Request) -> Response:
    """Drawn without asking the data store anything: it may be what broke."""
    return problem(
        request, 500, said("It is written down, and nothing was lost. Please try again.")
    )


def busy_page(request: Request) -> Response:
    """Whether something was done is unknown; each form and each key does it once all the same."""
    said = "Please try again in a moment, with the same page: nothing is ever bought twice."
    return problem(request, 503, said, {"Retry-After": TRY_AGAIN_AFTER})


async def _shop_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, ShopError):
        raise error
    remark(request.scope, refused=type(error).__name__)
    return told_when(error, problem(request, status_of(error), error.message))


async def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    message = SAID_BY_DEFAULT.get(error.status_code, said("That did not work."))
    return problem(request, error.status_code, message, dict(error.headers or {}))


async def _not_valid(request: Request, error: Exception) -> Response:
    """Which input was wrong, and how; never what was typed."""
    if not isinstance(error, RequestValidationError):
        raise error
    if not request.url.path.startswith("/api/"):
        return problem(request, 422, SAID_BY_DEFAULT[422])
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
        "detail": SAID_BY_DEFAULT[422],
        "errors": wrong,
    }
    return JSONResponse(body, status, media_type="application/problem+json")


async def _sign_in(request: Request, _: Exception) -> Response:
    remark(request.scope, refused="SignInNeeded")
    target = f"/sign-in?next={_way_back(request)}"
    if wants_part(request):
        return Response(status_code=204, headers={"HX-Redirect": target})
    return RedirectResponse(target, 303)


def _way_back(request: Request) -> str:
    """Where to go on after signing in; a form is not sent again, so back to where it stands.

    The path came in with the request and goes out in a header: only what is surely a path of ours.
    """
    path = request.url.path
    return own_path(path if request.method == "GET" else f"/{path.split('/')[1]}")
