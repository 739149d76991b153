import csv
import io

from fastapi.testclient import TestClient

from tests.builders import a_product, an_order, sku_of


def _rows(merchant: TestClient) -> dict[str, dict[str, str]]:
    answer = merchant.get("/desk/products.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return {
        row["sku"]: row for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    }


def test_each_sku_is_a_line_with_its_price_and_stock(merchant: TestClient) -> None:
    product = a_product(price=2_450, pieces=5, variants=2)
    an_order(product, of_each=2)

    rows = _rows(merchant)

    row = rows[sku_of(product)]
    assert (row["slug"], row["price"], row["listed"]) == (product.slug, "24.50", "yes")
    assert (row["available"], row["reserved"], row["sold"]) == ("3", "2", "0")
    assert product.variants[1].sku in rows


def test_no_cell_is_a_formula(merchant: TestClient) -> None:
    product = a_product(title='=HYPERLINK("http://evil.example")')

    assert _rows(merchant)[sku_of(product)]["title"] == '\'=HYPERLINK("http://evil.example")'
