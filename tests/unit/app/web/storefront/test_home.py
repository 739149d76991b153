"""The home page."""

from fastapi.testclient import TestClient

from tests.builders import a_product
from tests.unit.app.web.pages import page_text


def test_home_page_shows_products_with_prices(browser: TestClient) -> None:
    a_product(title="Round tea pot", price=2_450)

    page = browser.get("/")

    assert page.status_code == 200
    assert "Round tea pot" in page_text(page)
    assert "€24.50" in page_text(page)


def test_home_page_shows_twelve_products_and_links_to_all(browser: TestClient) -> None:
    for number in range(13):
        a_product(title=f"Pot {number}")

    page = browser.get("/")

    assert page.text.count('class="card"') == 12
    assert "View all products" in page_text(page)


def test_home_page_with_an_unknown_category_is_not_found(browser: TestClient) -> None:
    assert browser.get("/?category=Rockets").status_code == 404
