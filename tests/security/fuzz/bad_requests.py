"""One bad input as one request: what is sent by whom, and which answers are right."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from httpx import Response
from ulid import ULID

from tests.builders import sku_of
from tests.security.conftest import People
from tests.unit.app.web.pages import ADDRESS

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json", "Idempotency-Key": "k" * 24}

type Form = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Bad:
    """``row`` is its number in bad_inputs.yaml. ``SKU`` and ``SLUG`` stand for those of a product."""

    row: int
    what: str
    answers: tuple[int, ...]
    path: str
    method: str = "POST"
    by: str = "guest"
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Form | None = None
    body: bytes | None = None
    never: str = ""  # what must not stand in the answer as it was sent

    def __str__(self) -> str:
        return f"{self.row:02d} {self.what}"


def ask(people: People, bad: Bad) -> Response:
    """As that person; whatever cookie comes back, they stay who they were."""
    browser = people.called(bad.by)
    kept = dict(browser.cookies)

    def filled(text: str) -> str:
        sku, slug = sku_of(people.product), str(people.product.slug)
        return text.replace("SKU", sku).replace("SLUG", slug).replace("FRESH", str(ULID()))

    form = None if bad.form is None else {name: filled(it) for name, it in bad.form.items()}
    url = f"http://testserver{filled(bad.path)}"  # whole, so that //evil.example stays a path
    try:
        answer: Response = browser.request(
            bad.method, url, headers=dict(bad.headers), data=form, content=bad.body
        )
    finally:
        browser.cookies.clear()
        browser.cookies.update(kept)
    return answer


def get(row: int, what: str, path: str, *answers: int, by: str = "guest", never: str = "") -> Bad:
    return Bad(row=row, what=what, answers=answers, path=path, method="GET", by=by, never=never)


def fill_in(row: int, what: str, path: str, form: Form, *answers: int, by: str = "guest") -> Bad:
    return Bad(row=row, what=what, answers=answers, path=path, form=form, by=by)


def check_out(row: int, what: str, *answers: int, **changes: str) -> Bad:
    """The checkout's form, unsigned: wrong fields are told first, and what is left is a 409."""
    unsigned = {"form": "", "cart_version": "1", "total": "1"}
    return fill_in(row, what, "/checkout", {**unsigned, **ADDRESS, **changes}, *answers)
