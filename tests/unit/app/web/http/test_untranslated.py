"""A language made of brackets: whatever stands outside of them was never given to a translator."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from gettext import NullTranslations
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from app.catalog.catalog_cache import cached_catalog
from app.i18n.locales import LANGUAGES, Language
from tests.builders import NOON, a_product, sku_of
from tests.unit.app.web.pages import ADDRESS, PART, checkout_form, placed, put_in_cart

READ_ALOUD = {"aria-label", "placeholder", "alt", "title"}
ATTRIBUTES_OF_SCRIPTS = {"data-offline", "data-one", "data-many", "data-empty", "data-change"}
BRACKETED = re.compile(r"⟦[^⟦⟧]*⟧")
OUR_NAMES = ["Hearth & Clay", "English", "Deutsch", "Brackets", "UTC", "kg"]


class Bracketed(NullTranslations):
    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


@dataclass(frozen=True)
class Brackets(Language):
    @property
    def words(self) -> NullTranslations:
        return Bracketed()


class Reader(HTMLParser):
    """All that is seen or read aloud, but the names of countries, which are Babel's."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.mute = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "select"):
            self.mute = tag
        names = READ_ALOUD | ATTRIBUTES_OF_SCRIPTS
        self.said += [value for name, value in attrs if name in names and value]

    def handle_endtag(self, tag: str) -> None:
        self.mute = "" if tag == self.mute else self.mute

    def handle_data(self, data: str) -> None:
        if not self.mute:
            self.said.append(data)


@pytest.fixture(autouse=True)
def brackets(monkeypatch: pytest.MonkeyPatch, browser: TestClient) -> Iterator[None]:
    monkeypatch.setitem(LANGUAGES, "qps", Brackets("qps", "en_GB", "Brackets", "rtl"))
    browser.cookies.set("language", "qps")
    yield
    cached_catalog(NOON).translated.clear()


def outside(page: Response, *known: str) -> list[str]:
    """What a page says outside the brackets; data of merchants and customers does not count."""
    reader = Reader()
    reader.feed(page.text)
    shelf = [it.product for it in cached_catalog(NOON).entries]
    data = {text for it in shelf for text in (it.title, it.category, it.blurb, *it.details)}
    data |= {variant.name for it in shelf for variant in it.variants}
    text = "\n".join(reader.said)
    for word in sorted({*data, *known, *OUR_NAMES, *ADDRESS.values()}, key=len, reverse=True):
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
def test_a_page_says_nothing_in_english_alone(browser: TestClient, path: str) -> None:
    a_product()

    page = browser.get(path)

    assert outside(page, "Nothing", "zzzz", "pot") == []
    assert '<html lang="qps" dir="rtl"' in page.text


def test_a_piece_says_nothing_in_english_alone(browser: TestClient) -> None:
    product = a_product(variants=2, quantity=3)

    page = browser.get(f"/products/{product.slug}")
    refused = browser.post("/cart", data={"sku": sku_of(product), "quantity": "11"})

    assert [outside(page), outside(refused)] == [[], []]
    assert refused.status_code == 422


def test_a_cart_and_its_drawer_say_nothing_in_english_alone(browser: TestClient) -> None:
    product = a_product(quantity=2)
    sku = sku_of(product)

    drawer = browser.post("/cart", data={"sku": sku, "quantity": "3"}, headers=PART)
    cart = browser.get(f"/cart?only={sku}")
    removed = browser.post(f"/cart/lines/{sku}", data={"quantity": "0"}, headers=PART)

    assert [outside(page) for page in (drawer, cart, removed)] == [[], [], []]


def test_a_checkout_says_nothing_in_english_alone(browser: TestClient) -> None:
    put_in_cart(browser, a_product())

    page = browser.get("/checkout")
    form = checkout_form(browser, email="x", name="", postal_code="1", payment_method="?")
    refused = browser.post("/checkout", data=form)

    assert [outside(page, "x"), outside(refused, "x")] == [[], []]


def test_an_order_says_nothing_in_english_alone(browser: TestClient) -> None:
    order_id = placed(browser)

    live = browser.get(f"/orders/{order_id}")
    cancelled = browser.post(f"/orders/{order_id}/cancel", headers=PART)

    number = f"HC-{live.text.split('HC-')[1][:10]}"
    assert [
        outside(live, number, "Ada", "Germany"),
        outside(cancelled, number, "Ada", "Germany"),
    ] == [[], []]
