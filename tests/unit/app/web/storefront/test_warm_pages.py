"""A warm page, which is made of kept fragments, has the same bytes as a cold one."""

from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr
from io import StringIO
from itertools import product as combinations
from typing import Any

import httpx
import pytest

from app import clock
from app.catalog.catalog_cache import (
    cached_availability,
    cached_catalog,
    clear_cache,
    move_in_cache,
    read_full_catalog,
)
from app.inventory.models import Stock
from tests.benchmarks.cost.browsing import BASE_URL, GatewayTransport
from tests.benchmarks.cost.shopping import our_shop, products
from tests.builders import NOON, a_ready_image
from tests.unit.app.web.pages import FRAGMENT_HEADERS

STOCKS = (20, 3, 0, 20)  # of each variant, one after the other
LANGUAGES = ("", "/de")
LISTS = (
    "/products",
    "/products?page=2",
    "/products?page=2&start=1",
    "/products?in_stock=yes",
    "/products?category=Vases&sort=price-up",
    "/products?colour=Rust&price_max=60",
    "/products?price_min=none",
    "/search?q=vase",
    "/search?q=vaze",
    "/search?q=vaze&exact=yes",
)
LOAD_MORE = {**FRAGMENT_HEADERS, "HX-Target": "div#pagination"}


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    """A browser in a shop with the demo catalog; every third product has no images."""
    with our_shop() as shop, redirect_stderr(StringIO()), clock.use_clock(lambda: NOON):
        for number, data in enumerate(products()):
            for image in data["images"] if number % 3 else ():
                add_image(data["slug"], image)
        transport = GatewayTransport(shop.cloud)
        with httpx.Client(base_url=BASE_URL, transport=transport) as client:
            yield client


def add_image(slug: str, image: Mapping[str, Any]) -> None:
    a_ready_image(slug, image["file"], alt=image["alt"], size=(1_200, 1_500))


def set_stock(available: int) -> None:
    for entry in read_full_catalog(NOON).entries:
        for variant in entry.product.variants:
            Stock(sku=variant.sku).update(actions=[Stock.available.set(available)])


def page_of(browser: httpx.Client, path: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
    response = browser.get(path, headers=dict(headers))
    return response.status_code, response.content


def all_product_pages() -> list[tuple[str, Mapping[str, str]]]:
    """Every product with its first variant and with its last, in each language."""
    paths = []
    for product in products():
        path = f"/products/{product['slug']}"
        paths += [path, f"{path}?sku={product['variants'][-1]['sku']}"]
    addresses = [f"{language}{path}" for language, path in combinations(LANGUAGES, paths)]
    return list(combinations(addresses, ({}, FRAGMENT_HEADERS)))


def test_a_warm_product_page_equals_a_cold_one_at_every_stock(browser: httpx.Client) -> None:
    pages = all_product_pages()
    warm = {}
    for step, available in enumerate(STOCKS):
        set_stock(available)
        warm[step] = [page_of(browser, *page) for page in pages]

    for step, available in enumerate(STOCKS[:3]):
        set_stock(available)
        for page, kept in zip(pages, warm[step], strict=True):
            clear_cache()
            assert page_of(browser, *page) == kept, (page, available)

    assert warm[0] == warm[3]
    assert all(before != after for before, after in zip(warm[0], warm[2], strict=True))


def test_a_warm_product_list_equals_a_cold_one_at_every_stock(browser: httpx.Client) -> None:
    addresses = [f"{language}{path}" for language, path in combinations(LANGUAGES, LISTS)]
    lists = list(combinations(addresses, ({}, FRAGMENT_HEADERS, LOAD_MORE)))
    for available in STOCKS[:3]:
        set_stock(available)
        clear_cache()
        first, again = ([page_of(browser, *page) for page in lists] for _ in range(2))
        assert first == again

        for page, kept in zip(lists, again, strict=True):
            clear_cache()
            assert page_of(browser, *page) == kept, (page, available)


def test_a_kept_product_list_shows_at_once_what_has_sold_out(browser: httpx.Client) -> None:
    set_stock(20)
    clear_cache()
    before = browser.get("/products").text

    set_stock(0)

    assert "Sold out" not in before
    assert browser.get("/products").text.count("Sold out") == 12


def test_a_moved_product_has_its_new_place_in_a_kept_list(browser: httpx.Client) -> None:
    first, *_, last = (product["slug"] for product in products()[:12])
    before = browser.get("/products").text

    move_in_cache({last: -1})

    after = browser.get("/products").text
    assert before.index(f'href="/products/{first}"') < before.index(f'href="/products/{last}"')
    assert after.index(f'href="/products/{last}"') < after.index(f'href="/products/{first}"')


def test_a_list_of_several_pages_is_not_kept(browser: httpx.Client) -> None:
    """It may be as long as the catalog, so a hundred of them would take too much memory."""
    browser.get("/products")
    browser.get("/products?page=2&start=1")

    assert len(cached_availability(NOON).fragments) == 1


def test_html_of_pages_is_forgotten_with_the_catalog_and_the_availability(
    browser: httpx.Client,
) -> None:
    browser.get("/products")
    browser.get(f"/products/{products()[0]['slug']}")
    assert len(cached_availability(NOON).fragments) == 1
    assert len(cached_catalog(NOON).fragments) == 2  # the head and the product

    clear_cache()

    assert not len(cached_availability(NOON).fragments)
    assert not len(cached_catalog(NOON).fragments)
