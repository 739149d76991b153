"""Pseudo-localisation: a test language puts brackets around every translated text.

Text outside brackets was never passed to gettext.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from gettext import NullTranslations
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from app.catalog import search, search_index
from app.catalog.catalog_cache import cached_catalog
from app.catalog.search_terms import STEMMERS
from app.catalog.search_words import load_synonyms
from app.i18n.locales import LANGUAGES, Language
from tests.builders import NOON, a_product, sku_of
from tests.unit.app.web.pages import (
    ADDRESS,
    FRAGMENT_HEADERS,
    checkout_form,
    place_order,
    put_in_cart,
)

ACCESSIBLE_ATTRIBUTES = {"aria-label", "placeholder", "alt", "title"}
SCRIPT_ATTRIBUTES = {
    "data-offline",
    "data-one",
    "data-many",
    "data-required",
    "data-invalid",
    "data-change",
}
BRACKETED = re.compile(r"⟦[^⟦⟧]*⟧")
UNTRANSLATED_NAMES = ["Hearth & Clay", "English", "Deutsch", "Brackets", "CEST", "CET", "kg"]


class BracketTranslations(NullTranslations):
    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def pgettext(self, context: str, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


@dataclass(frozen=True)
class BracketLanguage(Language):
    @property
    def catalog(self) -> NullTranslations:
        return BracketTranslations()


class Reader(HTMLParser):
    """Collects visible text and accessible names, except in selects: Babel translates countries."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.skipped_tag = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "select"):
            self.skipped_tag = tag
        names = ACCESSIBLE_ATTRIBUTES | SCRIPT_ATTRIBUTES
        self.texts += [value for name, value in attrs if name in names and value]

    def handle_endtag(self, tag: str) -> None:
        self.skipped_tag = "" if tag == self.skipped_tag else self.skipped_tag

    def handle_data(self, data: str) -> None:
        if not self.skipped_tag:
            self.texts.append(data)


@pytest.fixture(autouse=True)
def brackets(monkeypatch: pytest.MonkeyPatch, browser: TestClient) -> Iterator[None]:
    monkeypatch.setitem(LANGUAGES, "qps", BracketLanguage("qps", "en_GB", "Brackets", "rtl"))
    monkeypatch.setitem(STEMMERS, "qps", STEMMERS["en"])
    for module in (search, search_index):
        monkeypatch.setattr(module, "load_synonyms", lambda _: load_synonyms("en"))
    browser.cookies.set("language", "qps")
    yield
    cached_catalog(NOON).translated.clear()


def untranslated_words(page: Response, *known: str) -> list[str]:
    """Words of a page outside the brackets, without the data of merchants and customers."""
    reader = Reader()
    reader.feed(page.text)
    products = [it.product for it in cached_catalog(NOON).entries]
    data = {text for it in products for text in (it.title, it.category, it.blurb, *it.details)}
    data |= {variant.name for it in products for variant in it.variants}
    text = "\n".join(reader.texts)
    for word in sorted(
        {*data, *known, *UNTRANSLATED_NAMES, *ADDRESS.values()}, key=len, reverse=True
    ):
        text = text.replace(word, "")
    while BRACKETED.search(text):
        text = BRACKETED.sub("", text)
    return re.findall(r"[^\W\d_]{2,}", text)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/products?in_stock=yes&price_min=1,50&sort=newest",
        "/products?price_min=x",
        "/products?colour=Nothing&in_stock=yes",
        "/search?q=pot",
        "/search?q=zzzz",
        "/cart",
        "/sign-in",
        "/sign-in/a-link",
        "/no-such-page",
        "/orders/no-such-order",
        "/products?page=0",
    ],
)
def test_every_text_of_a_page_is_translatable(browser: TestClient, path: str) -> None:
    a_product()

    page = browser.get(path if path == "/no-such-page" else f"/qps{path}")

    assert page.status_code < 500
    assert untranslated_words(page, "Nothing", "zzzz", "pot") == []
    assert '<html lang="qps" dir="rtl"' in page.text


def test_every_text_of_a_product_page_is_translatable(browser: TestClient) -> None:
    product = a_product(variants=2, quantity=3)

    page = browser.get(f"/qps/products/{product.slug}")
    refused = browser.post("/cart", data={"sku": sku_of(product), "quantity": "11"})

    assert [untranslated_words(page), untranslated_words(refused)] == [[], []]
    assert refused.status_code == 422


def test_every_text_of_the_cart_and_the_cart_drawer_is_translatable(browser: TestClient) -> None:
    product = a_product(quantity=2)
    sku = sku_of(product)

    added = browser.post("/cart", data={"sku": sku, "quantity": "3"}, headers=FRAGMENT_HEADERS)
    cart = browser.get(f"/cart?limited={sku}")
    removed = browser.post(f"/cart/lines/{sku}", data={"quantity": "0"}, headers=FRAGMENT_HEADERS)

    assert [untranslated_words(page) for page in (added, cart, removed)] == [[], [], []]


def test_every_text_of_the_checkout_is_translatable(browser: TestClient) -> None:
    put_in_cart(browser, a_product())

    page = browser.get("/checkout")
    form = checkout_form(browser, email="x", name="", postal_code="1", payment_method="?")
    refused = browser.post("/checkout", data=form)

    assert [untranslated_words(page, "x"), untranslated_words(refused, "x")] == [[], []]


def test_every_text_of_an_order_page_is_translatable(browser: TestClient) -> None:
    order_id = place_order(browser)

    live = browser.get(f"/orders/{order_id}")
    cancelled = browser.post(f"/orders/{order_id}/cancel", headers=FRAGMENT_HEADERS)

    number = f"HC-{live.text.split('HC-')[1][:20]}"
    assert [
        untranslated_words(live, number, "Ada", "Germany"),
        untranslated_words(cancelled, number, "Ada", "Germany"),
    ] == [[], []]
