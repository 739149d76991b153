"""Error responses: one status code for each kind of error, as a page or as problem+json."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from app.cart.visitor import Visitor
from app.errors import (
    Conflict,
    Gone,
    NotFound,
    PreconditionFailed,
    RateLimited,
    ShopError,
    Unauthenticated,
    Unavailable,
    ValidationFailed,
)
from app.i18n.messages import lazy_gettext
from app.web.http.access_log import add_log_fields
from app.web.http.allowed_methods import allowed_methods, options_response
from app.web.http.language_prefix import localize
from app.web.http.request_id import problem_response, request_id
from app.web.http.templating import render_page, wants_fragment
from app.web.security.csrf import is_api_request
from app.web.security.errors import RequestRejected, SignInRequired
from app.web.security.redirects import local_path

STATUS_CODES: dict[type[ShopError], int] = {
    Unauthenticated: 401,
    NotFound: 404,
    Conflict: 409,
    Gone: 410,
    PreconditionFailed: 412,
    ValidationFailed: 422,
    RateLimited: 429,
    Unavailable: 503,
}
HEADINGS = {
    400: lazy_gettext("Invalid request"),
    401: "Not authenticated",  # only programs see it, and 412
    403: lazy_gettext("Please try again from our site"),
    404: lazy_gettext("Page not found"),
    405: lazy_gettext("Not allowed"),
    409: lazy_gettext("Something has changed"),
    410: lazy_gettext("No longer available"),
    412: "Precondition failed",
    413: lazy_gettext("Request too large"),
    415: lazy_gettext("Content type not supported"),
    422: lazy_gettext("There is a problem"),
    429: lazy_gettext("Too many attempts"),
    500: lazy_gettext("Something went wrong on our side"),
    503: lazy_gettext("We're very busy right now"),
}
DEFAULT_MESSAGES = {
    404: lazy_gettext("It may have moved, or the product is no longer available."),
    405: lazy_gettext("This page does not support that action."),
    422: lazy_gettext("A value in the address or the form is not valid."),
}
UNEXPECTED = lazy_gettext("Something went wrong. Please try again.")
SIGN_IN_FIRST = "Send the session cookie of a customer who has signed in to the shop."
RETRY_AFTER_SECONDS = "2"  # after a 503
MAX_LISTED_ERRORS = 50  # of a request to the API; more of them would only make it costly


def add_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(ShopError, _shop_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(SignInRequired, _redirect_to_sign_in)
    app.add_exception_handler(RequestRejected, _request_rejected)


def render_problem(
    request: Request, status: int, message: str, headers: dict[str, str] | None = None
) -> Response:
    """The error as a page, as a toast on the current page (htmx), or as problem+json (API)."""
    if is_api_request(request):
        body = {"status": status, "title": HEADINGS.get(status, HEADINGS[400]), "detail": message}
        return problem_response(body, headers)
    response = render_page(
        request,
        "admin/problem.html" if _is_in_admin(request) else "errors/problem.html",
        blocks=["toast"],
        status=status,
        heading=HEADINGS.get(status, HEADINGS[400]),
        message=message,
        code=status,
        reference=request_id() if status >= 500 else "",
    )
    if wants_fragment(request):
        # Whatever the fragment's target was, an error belongs into the toast of the page.
        response.headers.update({"HX-Retarget": "#toast-message", "HX-Reswap": "innerHTML"})
    response.headers.update(headers or {})
    return response


def _is_in_admin(request: Request) -> bool:
    """Only for merchants: to all others the admin does not exist."""
    visitor: Visitor = getattr(request.state, "visitor", Visitor())
    return request.url.path.startswith("/admin") and visitor.is_merchant


def status_code(error: ShopError) -> int:
    return next(status for kind, status in STATUS_CODES.items() if isinstance(error, kind))


def add_retry_after(error: ShopError, response: Response) -> Response:
    """The same response with ``Retry-After`` for a rate limit (429) and an overload (503)."""
    if isinstance(error, RateLimited):
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def render_crash(request: Request) -> Response:
    """The 500 page. Rendering it calls no database, which may be what failed."""
    message = lazy_gettext("We've logged the error. Your cart and orders are safe.")
    return render_problem(request, 500, message)


def render_unavailable(request: Request) -> Response:
    """The 503 page. Whether the write succeeded is unknown, but orders are idempotent."""
    message = lazy_gettext(
        "Please submit the same page again in a moment. Your order is never placed twice."
    )
    return render_problem(request, 503, message, {"Retry-After": RETRY_AFTER_SECONDS})


async def _shop_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, ShopError):
        raise error
    add_log_fields(request.scope, refused=type(error).__name__)
    return add_retry_after(error, render_problem(request, status_code(error), error.message))


async def _request_rejected(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestRejected):
        raise error
    add_log_fields(request.scope, refused=type(error).__name__)
    return render_problem(request, error.status, error.message)


async def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = allowed_methods(request.app, request.scope)
        if request.method == "OPTIONS":
            return options_response(headers["Allow"])
    message = DEFAULT_MESSAGES.get(error.status_code, UNEXPECTED)
    return render_problem(request, error.status_code, message, headers)


async def _validation_error(request: Request, error: Exception) -> Response:
    """Name each invalid input and the reason, up to ``MAX_LISTED_ERRORS``; never the value."""
    if not isinstance(error, RequestValidationError):
        raise error
    if not is_api_request(request):
        return render_problem(request, 422, DEFAULT_MESSAGES[422])
    found = error.errors()
    errors = [
        {
            "location": "/".join(str(step) for step in one["loc"]),
            "detail": one["msg"].removeprefix("Value error, "),
        }
        for one in found[:MAX_LISTED_ERRORS]
    ]
    # 422 is for the content of a request; a header that is missing or malformed is a 400.
    status = 400 if any(one["loc"][0] == "header" for one in found) else 422
    listed = "`errors`" if len(found) == len(errors) else f"the first {len(errors)} `errors`"
    body = {
        "status": status,
        "title": HEADINGS[status],
        "detail": f"Validation failed; see {listed}.",
        "errors": errors,
    }
    return problem_response(body)


async def _redirect_to_sign_in(request: Request, _: Exception) -> Response:
    add_log_fields(request.scope, refused="SignInRequired")
    if is_api_request(request):
        return render_problem(request, 401, SIGN_IN_FIRST)
    target = f"/sign-in?next={_return_path(request)}"
    if wants_fragment(request):
        return Response(status_code=204, headers={"HX-Redirect": target})
    return RedirectResponse(target, 303)


def _return_path(request: Request) -> str:
    """The page to open after signing in. A form is not sent again, so after a POST its section.

    The path comes from the request and goes into a header: ``local_path`` makes it safe.
    """
    path = request.url.path
    section = path if request.method == "GET" else f"/{path.split('/')[1]}"
    return local_path(localize(request, section))
