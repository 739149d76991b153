"""A bad input that is tested with one request: its caller, and the expected statuses."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from httpx import Response
from ulid import ULID

from tests.builders import sku_of
from tests.security.conftest import Callers
from tests.unit.app.web.pages import ADDRESS

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json", "Idempotency-Key": "k" * 24}

type Form = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class BadRequest:
    """``row`` is its number in bad_inputs.yaml. ``SKU`` and ``SLUG`` are those of a product."""

    row: int
    what: str
    answers: tuple[int, ...]
    path: str
    method: str = "POST"
    by: str = "guest"
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Form | None = None
    body: bytes | None = None
    never: str = ""  # text that the response must not contain

    def __str__(self) -> str:
        return f"{self.row:02d} {self.what}"


def send(callers: Callers, bad: BadRequest) -> Response:
    """Send it as its caller, and restore the caller's cookies afterwards."""
    browser = callers.browser_of(bad.by)
    cookies = dict(browser.cookies)

    def filled(text: str) -> str:
        sku, slug = sku_of(callers.product), str(callers.product.slug)
        return text.replace("SKU", sku).replace("SLUG", slug).replace("FRESH", str(ULID()))

    form = None if bad.form is None else {name: filled(it) for name, it in bad.form.items()}
    url = f"http://testserver{filled(bad.path)}"  # absolute, so that //evil.example stays a path
    method, headers, body = bad.method, dict(bad.headers), bad.body
    try:
        response: Response = browser.request(method, url, headers=headers, data=form, content=body)
    finally:
        browser.cookies.clear()
        browser.cookies.update(cookies)
    return response


def get(
    row: int, what: str, path: str, *answers: int, by: str = "guest", never: str = ""
) -> BadRequest:
    return BadRequest(
        row=row, what=what, answers=answers, path=path, method="GET", by=by, never=never
    )


def post(
    row: int, what: str, path: str, form: Form, *answers: int, by: str = "guest"
) -> BadRequest:
    return BadRequest(row=row, what=what, answers=answers, path=path, form=form, by=by)


def checkout(row: int, what: str, *answers: int, **changes: str) -> BadRequest:
    """The checkout form without a signature: wrong fields are a 422, otherwise it is a 409."""
    unsigned = {"form": "", "cart_version": "1", "total": "1"}
    return post(row, what, "/checkout", {**unsigned, **ADDRESS, **changes}, *answers)
