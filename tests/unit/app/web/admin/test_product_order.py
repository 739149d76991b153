from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from pynamodb.expressions.update import Action
from ulid import ULID

from app.catalog.catalog_cache import read_full_catalog
from app.catalog.models import Product
from app.catalog.products import create_product
from tests.builders import NOON, a_product, audit_log_entries, current_product
from tests.crash_injection import recorded_calls
from tests.unit.app.web.pages import page_text

PATH = "/admin/product-order"


def _curated(count: int, *, gap: int = 1) -> list[Product]:
    """Products of one category, in the order of a merchant."""
    category = f"Category {ULID()}"
    products = [a_product(title=f"Curated {number}") for number in range(count)]
    for number, product in enumerate(products, 1):
        actions: list[Action] = [Product.position.set(number * gap), Product.category.set(category)]
        product.update(actions=actions)
    return products


def _move(merchant: TestClient, product: Product, place: object, category: str = "") -> Response:
    form = {"slug": product.slug, "place": str(place), "category": category}
    answer: Response = merchant.post(PATH, data=form)
    return answer


def _order(products: list[Product]) -> list[str]:
    slugs = {product.slug for product in products}
    entries = read_full_catalog(NOON).entries
    return [it.product.slug for it in entries if it.product.slug in slugs]


def _slugs(products: list[Product]) -> list[str]:
    return [product.slug for product in products]


def test_new_products_come_after_the_curated_ones(tables: None) -> None:
    curated = _curated(2)
    earlier, later = a_product(), a_product()
    create_again = Product(slug=f"a-{ULID()}".lower(), title="A", category="B", blurb="C", price=1)
    create_product(create_again, quantities={}, now=NOON + timedelta(seconds=1))

    order = _order([*curated, earlier, later, create_again])

    assert order[:2] == _slugs(curated)
    assert order[-1] == create_again.slug
    create_again.delete()


@pytest.mark.parametrize("gap", [0, 1, 2, 1_000])
@pytest.mark.parametrize(("place", "order"), [(1, "2013"), (2, "0213"), (4, "0132"), (99, "0132")])
def test_product_moves_to_the_entered_place(
    merchant: TestClient, gap: int, place: int, order: str
) -> None:
    products = sorted(_curated(4, gap=gap), key=lambda it: it.slug if not gap else "")
    category = current_product(products[0]).category

    for _ in range(2):  # a repeat changes nothing
        answer = _move(merchant, products[2], place, category)

    assert answer.status_code == 303
    assert answer.headers["location"].endswith(f"#{products[2].slug}")
    assert _order(products) == [products[int(number)].slug for number in order]
    (entry,) = audit_log_entries(f"/admin/products/{products[2].slug}", now=datetime.now(UTC))
    assert entry.summary == f"Moved {products[2].title} to place {min(place, 4)}"


@pytest.mark.parametrize("place", ["0", "-1", "", "first", "1.5"])
def test_invalid_place_is_refused_with_its_reason(merchant: TestClient, place: str) -> None:
    products = _curated(2)

    answer = _move(merchant, products[0], place)

    assert answer.status_code == 422
    assert "a place" in page_text(answer)
    assert _order(products) == _slugs(products)


def test_product_of_another_category_is_not_found(merchant: TestClient) -> None:
    assert _move(merchant, a_product(), 1, "No such category").status_code == 404


def test_order_page_says_what_the_home_page_shows(merchant: TestClient) -> None:
    (first, _) = _curated(2, gap=-1_000_000)

    page = merchant.get(PATH)

    assert page.status_code == 200
    assert f"{first.title} {current_product(first).category} Home page" in page_text(page)
    assert f'aria-label="Move {first.title} up"' in page.text


def test_new_product_of_the_form_is_not_on_the_home_page(merchant: TestClient) -> None:
    _curated(12)
    a_product(title="Brand new")

    assert "Brand new" not in page_text(merchant.get("/"))


@pytest.mark.parametrize("path", [PATH, "/admin/products.csv", "/admin/stock.csv"])
def test_pages_of_all_products_read_no_images(merchant: TestClient, path: str) -> None:
    with recorded_calls() as calls:
        merchant.get(path).raise_for_status()

    (query,) = [it for it in calls if it.startswith("Query") and "-catalog" in it]
    assert '"product#"' in query
