import csv
import io

import pytest
from fastapi.testclient import TestClient

from app.catalog.models import Product
from tests.builders import a_product, an_order, sku_of, stock_of
from tests.unit.app.web.pages import page_text


def _path(product: Product, rest: str = "") -> str:
    return f"/admin/products/{product.slug}{rest}"


def test_product_list_shows_the_stock_of_each_sku(merchant: TestClient) -> None:
    product = a_product(title="Listed jar", quantity=17)

    page = page_text(merchant.get("/admin/products"))

    assert "Listed jar" in page
    assert f"{sku_of(product)} 17 0 0" in page


def test_product_list_filters_by_low_stock_drafts_and_missing_images(
    merchant: TestClient,
) -> None:
    low = a_product(quantity=2, title="Rare jug")
    plenty = a_product(quantity=50, title="Common jug")

    page = page_text(merchant.get("/admin/products?show=low-stock"))
    merchant.post(_path(plenty, "/unpublish"))

    assert "Rare jug" in page
    assert "Common jug" not in page
    assert "Common jug" in page_text(merchant.get("/admin/products?show=drafts"))
    assert low.slug in merchant.get("/admin/products?show=no-images").text
    assert merchant.get("/admin/products?show=everything").status_code == 422


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
