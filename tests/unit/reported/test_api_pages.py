"""The product list has pages: all products at once were an answer of 6 MB.

Lambda refuses a response of more than 6 MB:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.catalog_cache import CatalogEntry, clear_cache
from app.catalog.models import CatalogItem, Product, ProductImage, Variant, product_key
from app.catalog.pagination import page_after
from app.catalog.product_fields import MAX_DETAIL_LENGTH, MAX_DETAILS, MAX_VARIANTS
from app.settings import settings
from tests.builders import NOON, a_product

PATH = "/api/products"
PAGED = "Paged"
MEGABYTE = 2**20
MAX_PAGES = 100  # more than any test has


def saved_products(count: int, *, variants: int = 5, **texts: Any) -> list[Product]:
    """Products of this many variants each in a category of their own, without stock rows."""
    products = [
        Product(
            item_id=product_key(f"paged-{n:04}"),
            slug=f"paged-{n:04}",
            title=f"Paged {n}",
            category=PAGED,
            price=2_450,
            position=n % 7,
            published=True,
            variants=tuple(Variant(f"P-{n}-{v}", f"Colour {v}") for v in range(variants)),
            added_at=NOON,
            **{"blurb": "It pours well.", "details": ("Stoneware",), **texts},
        )
        for n in range(count)
    ]
    with CatalogItem.batch_write() as batch:
        for product in products:
            batch.save(product)
    clear_cache()
    return products


@pytest.fixture
def removed(browser: TestClient) -> Iterator[list[CatalogItem]]:
    """What a test saves here is removed after it."""
    items: list[CatalogItem] = []
    yield items
    with CatalogItem.batch_write() as batch:
        for item in items:
            batch.delete(item)
    clear_cache()


def read_page(browser: TestClient, **params: Any) -> dict[str, Any]:
    response = browser.get(PATH, params={"category": PAGED, **params})
    assert response.status_code == 200, response.text
    page: dict[str, Any] = response.json()
    return page


def walk(browser: TestClient, **params: Any) -> Iterator[list[str]]:
    """The slugs of each page."""
    page = read_page(browser, **params)
    for _ in range(MAX_PAGES):
        yield [product["slug"] for product in page["products"]]
        if page["next"] is None:
            return
        page = read_page(browser, **params, cursor=page["next"])


def test_pages_are_far_below_the_limit_of_lambda(
    browser: TestClient, removed: list[CatalogItem]
) -> None:
    removed += saved_products(400)  # of 2,000 variants

    pages = [*walk(browser, limit=100)]
    largest = browser.get(PATH, params={"category": PAGED, "limit": 100})

    assert [len(page) for page in pages] == [100] * 4
    assert len({slug for page in pages for slug in page}) == 400
    assert len(largest.content) < MEGABYTE / 5


def test_page_of_the_largest_products_is_below_the_limit_of_lambda(
    browser: TestClient, removed: list[CatalogItem]
) -> None:
    removed += saved_products(
        100,
        variants=MAX_VARIANTS,
        blurb="\U0001f3fa" * 300,
        details=("\U0001f3fa" * MAX_DETAIL_LENGTH,) * MAX_DETAILS,
    )

    response = browser.get(PATH, params={"category": PAGED, "limit": 100})

    assert len(response.content) < 2 * MEGABYTE  # of six


def test_default_limit_is_fifty_and_the_link_header_leads_on(
    browser: TestClient, removed: list[CatalogItem]
) -> None:
    removed += saved_products(60)

    first = browser.get(PATH, params={"category": PAGED})
    target, _, relation = first.headers["link"].partition("; ")
    url = urlsplit(target.strip("<>"))
    second = browser.get(f"{url.path}?{url.query}")

    assert (relation, f"{url.scheme}://{url.netloc}") == ('rel="next"', settings().base_url)
    assert (len(first.json()["products"]), len(second.json()["products"])) == (50, 10)
    assert second.json()["next"] is None
    assert "link" not in second.headers


def test_edits_between_two_pages_repeat_and_hide_no_other_product(
    browser: TestClient, removed: list[CatalogItem]
) -> None:
    products = saved_products(30)
    removed += products
    pages = walk(browser, limit=10)
    first = next(pages)

    for product in products:
        if product.slug in first[-3:]:  # also the one that the cursor names
            product.delete()
    removed += saved_products(31)[30:]
    clear_cache()

    rest = [slug for page in pages for slug in page]
    assert not set(first) & set(rest)
    assert {f"paged-{n:04}" for n in range(30)} <= {*first, *rest}


def test_order_of_the_pages_is_that_of_the_shop(
    browser: TestClient, removed: list[CatalogItem]
) -> None:
    removed += saved_products(20)

    [all_at_once] = walk(browser, limit=100)

    assert [slug for page in walk(browser, limit=3) for slug in page] == all_at_once


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!!!!",
        "NTA",
        urlsafe_b64encode(b"5:Tarn Vase").decode(),
        urlsafe_b64encode(b"0:").decode().rstrip("="),
        urlsafe_b64encode(b"05:tarn-vase").decode().rstrip("="),
        urlsafe_b64encode(b"5:tarn-vase").decode().rstrip("=") + "!",
        urlsafe_b64encode(b"\xff\xfe:a").decode(),
        "x" * 5_000,
        "\u00e4",
        "\x00",
    ],
)
def test_invalid_cursor_is_refused_and_says_what_to_send(browser: TestClient, cursor: str) -> None:
    response = browser.get(PATH, params={"cursor": cursor})

    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert "Send the `next` of the previous page unchanged" in response.json()["detail"]


@pytest.mark.parametrize("limit", ["0", "-1", "101", "1000000", "abc", "1.5", "\uff11", "1_0", ""])
def test_limit_is_a_whole_number_from_one_to_a_hundred(browser: TestClient, limit: str) -> None:
    response = browser.get(PATH, params={"limit": limit})

    assert response.status_code == 422
    assert response.json()["errors"][0]["location"] == "query/limit"


def test_empty_cursor_and_category_are_those_of_the_first_page(browser: TestClient) -> None:
    product = a_product()

    page = browser.get(f"{PATH}?cursor=&category=&limit=100").json()

    assert product.slug in [it["slug"] for it in page["products"]]


def test_category_is_compared_in_its_normal_form(
    browser: TestClient, removed: list[CatalogItem]
) -> None:
    product = a_product()
    product.update(actions=[Product.category.set("T\u00f6pfe")])
    clear_cache()

    page = browser.get(PATH, params={"category": "To\u0308pfe"}).json()

    assert [it["slug"] for it in page["products"]] == [product.slug]


def test_api_documentation_describes_the_pages(browser: TestClient) -> None:
    operation = browser.get("/openapi.json").json()["paths"][PATH]["get"]

    limit = next(it for it in operation["parameters"] if it["name"] == "limit")["schema"]
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, 100, 50)
    names = {it["name"] for it in operation["parameters"]}
    assert names == {"category", "cursor", "limit", "If-None-Match"}
    assert "Link" in operation["responses"]["200"]["headers"]


places = st.tuples(st.integers(-5, 5), st.from_regex(r"[a-z0-9-]{1,6}", fullmatch=True))


def an_entry(place: tuple[int, str]) -> CatalogEntry:
    images: tuple[ProductImage, ...] = ()
    return CatalogEntry(Product(position=place[0], slug=place[1]), images)


@given(st.lists(places, unique=True, max_size=20), st.integers(1, 7))
def test_each_product_is_on_exactly_one_page(all_places: list[tuple[int, str]], limit: int) -> None:
    entries = [an_entry(place) for place in sorted(all_places)]
    shown: list[CatalogEntry] = []
    cursor = ""

    for _ in range(len(entries) + 1):
        page = page_after(entries, cursor, limit)
        shown += page.entries
        cursor = page.next_cursor
        if not cursor:
            break

    assert (shown, cursor) == (entries, "")
