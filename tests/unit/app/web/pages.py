"""Reads pages and fills in their forms, like a browser without JavaScript."""

import re
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from typing import Any

from fastapi.testclient import TestClient
from httpx import Response

from app.catalog.models import Product
from app.customers.models import new_session_token, visitor_id_of
from app.customers.sessions import start_session
from tests.builders import a_product, sku_of

FRAGMENT_HEADERS = {"HX-Request": "true", "HX-Request-Type": "partial"}
ADDRESS = {
    "email": "ada@potter.example",
    "country": "DE",
    "name": "Ada Potter",
    "street": "12 Kiln Row",
    "postal_code": "56203",
    "city": "Höhr-Grenzhausen",
    "phone": "+49 2624 123456",
    "payment_method": "pm_succeeds",
}


class _PageReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        is_choice = values.get("type") in ("radio", "checkbox")
        if tag == "input" and values.get("name") and (not is_choice or "checked" in values):
            self.fields[str(values["name"])] = values.get("value") or ""

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _read(page: Response) -> _PageReader:
    reader = _PageReader()
    reader.feed(page.text)
    return reader


def page_text(page: Response) -> str:
    """The text of a page without markup, with runs of whitespace as one space."""
    return re.sub(r"\s+", " ", " ".join(_read(page).words))


def visitor_text(browser: TestClient) -> str:
    """The text of what a shared page fetches for its visitor."""
    return page_text(browser.get("/visitor", headers={"HX-Request": "true"}))


def input_values(page: Response) -> dict[str, str]:
    """The values of the page's inputs by name."""
    return _read(page).fields


def heading(page: Response) -> str:
    """The text of the page's only ``h1``."""
    found = re.findall(r"<h1[^>]*>(.*?)</h1>", page.text, re.S)
    assert len(found) == 1, "a page has exactly one h1"
    return re.sub(r"\s+", " ", unescape(found[0])).strip()


def put_in_cart(browser: TestClient, product: Product, quantity: int = 1) -> Response:
    response: Response = browser.post(
        "/cart", data={"sku": sku_of(product), "quantity": str(quantity)}
    )
    return response


def checkout_form(browser: TestClient, product: Product | None = None, **changes: str) -> Any:
    """The filled-in checkout form, with one product in the cart."""
    put_in_cart(browser, product or a_product())
    page = browser.get("/checkout")
    if "country" in changes:  # which changes the total
        page = browser.post("/checkout/address", data={"country": changes["country"]})
    hidden = input_values(page)
    names = ("form", "cart_version", "total", "discount_code")
    kept = {name: hidden[name] for name in names if name in hidden}
    return kept | ADDRESS | changes


def place_order(browser: TestClient, product: Product | None = None, **changes: str) -> str:
    """Place an order in this browser, and return its id."""
    response = browser.post("/checkout", data=checkout_form(browser, product, **changes))
    assert response.status_code == 303, page_text(response)
    return str(response.headers["location"]).removeprefix("/orders/")


def s3_form(page: str) -> tuple[str, dict[str, str]]:
    """Target and hidden fields of the S3 upload form; S3 rejects a field that is not signed."""
    form = page.split('enctype="multipart/form-data" action="')[1].split("</form>", maxsplit=1)[0]
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return unescape(form.split('"')[0]), {name: unescape(value) for name, value in hidden}


def sign_in_as(browser: TestClient, email: str) -> TestClient:
    """Sign this browser in, without the sign-in email."""
    token = new_session_token()
    start_session(visitor_id_of(token), email, now=datetime.now(UTC))
    browser.headers["Cookie"] = f"visitor={token}"
    return browser
