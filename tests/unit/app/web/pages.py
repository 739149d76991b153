"""Reading pages and filling in their forms, as a browser without JavaScript does."""

import re
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from typing import Any

from fastapi.testclient import TestClient
from httpx import Response

from app.catalog.models import Product
from app.customers.models import hashed, new_token
from app.customers.sessions import start_session
from tests.builders import a_product, sku_of

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}
ADDRESS = {
    "email": "ada@potter.example",
    "country": "DE",
    "name": "Ada Potter",
    "street": "12 Kiln Row",
    "postal_code": "56203",
    "city": "Höhr-Grenzhausen",
    "payment_method": "pm_succeeds",
}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        radio = told.get("type") == "radio"
        if tag == "input" and told.get("name") and (not radio or "checked" in told):
            self.fields[str(told["name"])] = told.get("value") or ""

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _read(page: Response) -> _Reader:
    reader = _Reader()
    reader.feed(page.text)
    return reader


def words(page: Response) -> str:
    """The text of a page as it is read, without markup, each gap one space."""
    return re.sub(r"\s+", " ", " ".join(_read(page).words))


def typed(page: Response) -> dict[str, str]:
    """What the inputs of a page hold."""
    return _read(page).fields


def heading(page: Response) -> str:
    found = re.findall(r"<h1[^>]*>(.*?)</h1>", page.text, re.S)
    assert len(found) == 1, "a page has one first heading"
    return re.sub(r"\s+", " ", found[0]).strip()


def put_in_cart(browser: TestClient, product: Product, quantity: int = 1) -> Response:
    answer: Response = browser.post(
        "/cart", data={"sku": sku_of(product), "quantity": str(quantity)}
    )
    return answer


def checkout_form(browser: TestClient, product: Product | None = None, **changes: str) -> Any:
    """The form of the checkout, filled in, with a piece in the cart."""
    put_in_cart(browser, product or a_product())
    hidden = typed(browser.get("/checkout"))
    kept = {name: hidden[name] for name in ("form", "cart_version", "total")}
    return kept | ADDRESS | changes


def placed(browser: TestClient, product: Product | None = None, **changes: str) -> str:
    """The id of an order that this browser has just placed."""
    answer = browser.post("/checkout", data=checkout_form(browser, product, **changes))
    assert answer.status_code == 303, words(answer)
    return str(answer.headers["location"]).removeprefix("/orders/")


def form_for_s3(page: str) -> tuple[str, dict[str, str]]:
    """Where the form goes, and what it sends along; S3 refuses a field that was not signed."""
    form = page.split('enctype="multipart/form-data" action="')[1].split("</form>", maxsplit=1)[0]
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return unescape(form.split('"')[0]), {name: unescape(value) for name, value in hidden}


def signed_in(browser: TestClient, email: str) -> TestClient:
    """As after the letter: the same session, without waiting for the post."""
    token = new_token()
    start_session(hashed(token), email, now=datetime.now(UTC))
    browser.headers["Cookie"] = f"visitor={token}"
    return browser
