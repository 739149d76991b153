import csv
import io
import re
from dataclasses import replace
from html import unescape

import pytest
from fastapi.testclient import TestClient

from app.catalog import product_pages
from app.catalog.catalog_cache import clear_cache, read_full_catalog
from app.catalog.models import Product
from app.catalog.publishing import archive_product, unpublish_product
from app.web.admin import products
from tests.builders import NOON, a_product, an_order, sku_of, stock_of
from tests.crash_injection import recorded_calls
from tests.unit.app.web.pages import page_text


def _path(product: Product, rest: str = "") -> str:
    return f"/admin/products/{product.slug}{rest}"


def _pages(merchant: TestClient, query: str = "") -> list[str]:
    """The text of every page of the list, by its links."""
    pages, address = [], f"/admin/products{query}"
    while address:
        page = merchant.get(address)
        assert page.status_code == 200
        pages.append(page.text)
        following = re.search(r'href="([^"]+)">Next page', page.text)
        address = unescape(following[1]) if following else ""
    return pages


def _slugs(pages: list[str]) -> list[str]:
    return [slug for page in pages for slug in re.findall(r'name="product-([a-z0-9-]+)"', page)]


def _found(merchant: TestClient, text: str) -> list[str]:
    return _slugs([merchant.get("/admin/products", params={"find": text}).text])


def test_product_list_shows_the_stock_of_each_sku(merchant: TestClient) -> None:
    product = a_product(title="Listed jar", quantity=17)

    page = page_text(merchant.get("/admin/products", params={"find": sku_of(product)}))

    assert "Listed jar" in page
    assert f"{sku_of(product)} 17 0 0" in page


def test_product_list_filters_by_low_stock_drafts_and_missing_images(
    merchant: TestClient,
) -> None:
    low = a_product(quantity=2, title="Rare jug")
    plenty = a_product(quantity=50, title="Common jug")

    page = "".join(_pages(merchant, "?show=low-stock"))
    merchant.post(_path(plenty, "/unpublish"))

    assert low.slug in page
    assert plenty.slug not in page
    assert plenty.slug in "".join(_pages(merchant, "?show=drafts"))
    assert low.slug in "".join(_pages(merchant, "?show=no-images"))
    assert merchant.get("/admin/products?show=everything").status_code == 422


@pytest.mark.parametrize("show", ["all", "low-stock", "drafts", "archived", "no-images"])
def test_every_product_is_on_one_page_of_its_list(
    merchant: TestClient, monkeypatch: pytest.MonkeyPatch, show: str
) -> None:
    for name, most in (("PAGE_SIZE", 4), ("MAX_SKUS", 6), ("MAX_CHECKED_SKUS", 9)):
        monkeypatch.setattr(product_pages, name, most)
    chosen = replace(products.LIST_FILTERS[show], examined=7)
    monkeypatch.setitem(products.LIST_FILTERS, show, chosen)
    for number in range(9):
        product = a_product(quantity=number, variants=number % 3 + 1)
        if number % 4 == 0:
            unpublish_product(product, by="ada@potter.example", now=NOON)
        if number % 4 == 1:
            archive_product(product, by="ada@potter.example", now=NOON)
    full = read_full_catalog(NOON)

    pages = _pages(merchant, f"?show={show}")

    listed = [it.product.slug for it in products.listed_entries(full, show)]
    assert _slugs(pages) == sorted(listed)
    assert max(len(_slugs([page])) for page in pages) <= 4


def test_long_list_of_variants_leads_to_the_page_of_the_product(merchant: TestClient) -> None:
    product = a_product(variants=6)

    page = merchant.get("/admin/products", params={"find": product.slug})

    assert f'<a href="/admin/products/{product.slug}">2 more</a>' in page.text


def test_products_are_found_by_words_sku_and_slug(merchant: TestClient) -> None:
    product, draft = a_product(title="Quokka basin"), a_product(title="Numbat basin")
    unpublish_product(draft, by="ada@potter.example", now=NOON)
    clear_cache()

    assert _found(merchant, "quokka") == [product.slug]
    assert _found(merchant, sku_of(product).lower()) == [product.slug]
    assert draft.slug in _found(merchant, draft.slug[:-1])
    assert "No product matches “zzzz”" in page_text(merchant.get("/admin/products?find=zzzz"))


@pytest.mark.parametrize("after", ["x#y", "é", "-", "A"])
def test_unknown_place_leads_to_the_first_page(merchant: TestClient, after: str) -> None:
    answer = merchant.get("/admin/products", params={"after": after})

    assert answer.headers["location"] == "/admin/products"


def test_page_of_the_list_reads_what_it_shows(merchant: TestClient) -> None:
    for _ in range(3):
        a_product()
    merchant.get("/admin/products")

    with recorded_calls() as calls:
        merchant.get("/admin/products")

    assert len(calls) <= 5
    reads = [it for it in calls if it.startswith("Query") and "catalog" in it]
    assert [f'"Limit": {product_pages.PAGE_SIZE + 1}' in it for it in reads] == [True, False]
    assert f"image#{_slugs(_pages(merchant))[0]}#" in reads[1]


def test_list_of_drafts_gets_no_other_products_from_the_database(merchant: TestClient) -> None:
    draft, *others = [a_product() for _ in range(3)]
    unpublish_product(draft, by="ada@potter.example", now=NOON)

    with recorded_calls() as calls:
        drafts = _slugs(_pages(merchant, "?show=drafts"))  # other tests may have left some

    assert draft.slug in drafts
    assert not {it.slug for it in others} & {*drafts}
    products = [it for it in calls if "product#" in it and "Limit" in it]
    assert products
    for query in products:
        assert "FilterExpression" in query
        assert f'"Limit": {product_pages.MAX_EXAMINED}' in query


def test_product_is_unpublished_and_published_again(merchant: TestClient) -> None:
    product = a_product()

    merchant.post(_path(product, "/unpublish"))
    assert merchant.get(f"/products/{product.slug}").status_code == 404
    assert not stock_of(product).on_sale

    merchant.post(_path(product, "/publish"))
    assert merchant.get(f"/products/{product.slug}").status_code == 200
    assert stock_of(product).on_sale


@pytest.mark.parametrize("action", ["publish", "unpublish"])
def test_unknown_product_is_not_found(merchant: TestClient, action: str) -> None:
    assert merchant.get("/admin/products/no-such-thing").status_code == 404
    assert merchant.post(f"/admin/products/no-such-thing/{action}").status_code == 404


def _exported_rows(merchant: TestClient) -> dict[str, dict[str, str]]:
    answer = merchant.get("/admin/products.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    text = io.StringIO(answer.content.decode("utf-8-sig"))
    return {row["sku"]: row for row in csv.DictReader(text)}


def test_csv_export_has_a_row_for_each_sku_with_price_and_stock(merchant: TestClient) -> None:
    product = a_product(price=2_450, quantity=5, variants=2)
    an_order(product, of_each=2)

    rows = _exported_rows(merchant)

    row = rows[sku_of(product)]
    assert (row["slug"], row["price"], row["published"]) == (product.slug, "24.50", "yes")
    assert (row["available"], row["reserved"], row["sold"]) == ("3", "2", "0")
    assert product.variants[1].sku in rows


def test_csv_export_escapes_formulas_against_csv_injection(merchant: TestClient) -> None:
    product = a_product(title='=HYPERLINK("http://evil.example")')

    title = _exported_rows(merchant)[sku_of(product)]["title"]

    assert title == '\'=HYPERLINK("http://evil.example")'
