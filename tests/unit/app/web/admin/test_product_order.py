import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from pynamodb.expressions.update import Action
from ulid import ULID

from app.catalog.catalog_cache import read_full_catalog
from app.catalog.models import Product
from app.catalog.product_order import PAGE_SIZE, with_moved
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
    neighbours = {1: "above Curated 0", 2: "above Curated 1"}
    assert entry.summary == f"Moved Curated 2 {neighbours.get(place, 'below Curated 3')}"


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


@pytest.mark.parametrize("path", ["/admin/products.csv", "/admin/stock.csv"])
def test_pages_of_all_products_read_no_images(merchant: TestClient, path: str) -> None:
    with recorded_calls() as calls:
        merchant.get(path).raise_for_status()

    (query,) = [it for it in calls if it.startswith("Query") and "-catalog" in it]
    assert '"product#"' in query


def _beside(merchant: TestClient, product: Product, **form: object) -> Response:
    answer: Response = merchant.post(PATH, data={"slug": product.slug, **form})
    return answer


@pytest.mark.parametrize("gap", [0, 1, 1_000])
@pytest.mark.parametrize(
    ("beside", "order"),
    [
        ((3, "above", 1), "0312"),
        ((0, "below", 3), "1230"),
        ((0, "above", 3), "1203"),
        ((1, "above", 1), "0123"),
    ],
)
def test_product_moves_beside_another(
    merchant: TestClient, gap: int, beside: tuple[int, str, int], order: str
) -> None:
    products = sorted(_curated(4, gap=gap), key=lambda it: it.slug if not gap else "")
    moved, side, neighbour = beside

    for _ in range(2):  # a repeat changes nothing
        answer = _beside(merchant, products[moved], **{side: products[neighbour].slug})

    assert answer.status_code == 303
    assert _order(products) == [products[int(number)].slug for number in order]


def test_moves_of_two_merchants_are_both_done(merchant: TestClient) -> None:
    products = _curated(4)
    seen = [current_product(it).position for it in products]

    _beside(merchant, products[3], above=products[0].slug, seen=seen[3])
    answer = _beside(merchant, products[2], above=products[1].slug, seen=seen[2])

    assert answer.status_code == 303
    assert _order(products) == [products[number].slug for number in (3, 0, 2, 1)]


def test_product_that_another_merchant_has_moved_stays_there(merchant: TestClient) -> None:
    products = _curated(4)
    seen = current_product(products[3]).position
    _beside(merchant, products[3], above=products[0].slug, seen=seen)

    answer = _beside(merchant, products[3], above=products[2].slug, seen=seen)

    assert answer.status_code == 409
    assert "Another merchant has moved this product" in page_text(answer)
    assert _order(products) == [products[number].slug for number in (3, 0, 1, 2)]


def test_repeated_submit_is_no_conflict(merchant: TestClient) -> None:
    products = _curated(3)
    seen = current_product(products[2]).position

    answers = [_beside(merchant, products[2], above=products[0].slug, seen=seen) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]


def _rows(page: Response) -> list[str]:
    return re.findall(r'<li id="([^"]+)" data-row>', page.text)


def _link(page: Response, text: str) -> str:
    (href,) = re.findall(rf'<a href="([^"]+)">{text}</a>', page.text)
    return str(unescape(href))


@pytest.mark.parametrize("gap", [0, 3])
def test_pages_have_every_product_once_in_both_directions(merchant: TestClient, gap: int) -> None:
    products = _curated(2 * PAGE_SIZE + 3, gap=gap)
    category = current_product(products[0]).category

    first = merchant.get(PATH, params={"category": category})
    second = merchant.get(_link(first, "Later places"))
    third = merchant.get(_link(second, "Later places"))

    rows = [_rows(page) for page in (first, second, third)]
    assert [slug for page in rows for slug in page] == _order(products)
    assert "Later places" not in third.text
    assert f'start="{2 * PAGE_SIZE + 1}"' in third.text
    assert _rows(merchant.get(_link(third, "Earlier places"))) == rows[1]
    assert _rows(merchant.get(_link(second, "Earlier places"))) == rows[0]


def test_move_to_a_place_shows_the_page_of_that_place(merchant: TestClient) -> None:
    products = _curated(2 * PAGE_SIZE)
    category = current_product(products[0]).category

    answer = _move(merchant, products[0], PAGE_SIZE + 2, category)
    page = merchant.get(answer.headers["location"])

    assert _rows(page)[1] == products[0].slug
    assert f'start="{PAGE_SIZE + 1}"' in page.text


def test_first_row_of_a_page_moves_up_to_the_page_before(merchant: TestClient) -> None:
    products = _curated(PAGE_SIZE + 2)
    category = current_product(products[0]).category
    second = merchant.get(_link(merchant.get(PATH, params={"category": category}), "Later places"))
    first_row = products[PAGE_SIZE]
    assert f'name="place" value="{PAGE_SIZE}" aria-label="Move {first_row.title} up"' in second.text

    _move(merchant, first_row, PAGE_SIZE, category)

    assert _order(products)[PAGE_SIZE - 1] == first_row.slug


def test_page_shows_a_move_that_the_index_does_not_have_yet(tables: None) -> None:
    products = _curated(3, gap=10)
    category = current_product(products[0]).category
    moved = current_product(products[2])
    moved.position = 5
    stale = [current_product(it) for it in products]

    rows = with_moved(stale, moved, None, category)

    assert [row.slug for row in rows] == [products[number].slug for number in (2, 0, 1)]


@pytest.mark.parametrize("cursor", ["1", "a:b:c", "0:1:../", "1:2:A B"])
def test_invalid_cursor_shows_the_first_page_with_the_reason(
    merchant: TestClient, cursor: str
) -> None:
    page = merchant.get(PATH, params={"after": cursor})

    assert page.status_code == 422
    assert "This page of the list does not exist" in page_text(page)


def test_move_renumbers_the_fewest_neighbours(merchant: TestClient) -> None:
    products = _curated(6)
    first = [current_product(it).position for it in products]

    _beside(merchant, products[5], above=products[1].slug)

    now = [current_product(it).position for it in products]
    assert [index for index, it in enumerate(now) if it != first[index]] == [0, 5]


def test_product_order_reads_only_its_page(merchant: TestClient) -> None:
    _curated(2)
    merchant.get(PATH)  # the cached catalog has the categories

    with recorded_calls() as calls:
        merchant.get(PATH).raise_for_status()

    reads = [it for it in calls if "-catalog" in it]
    assert len(reads) == 2  # the page, and the home page's products
    assert all("by-position" in it and '"Limit": 40' in it for it in reads)
