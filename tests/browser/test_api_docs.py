"""The API documentation: Swagger UI under the Content Security Policy of the page."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage


@pytest.mark.parametrize(("width", "dark"), [(360, True), (1280, False)])
def test_swagger_ui_lists_products_with_try_it_out(
    open_page: OpenPage, width: int, dark: bool
) -> None:
    page = open_page(width=width, dark=dark)
    page.goto("/docs")

    page.get_by_role("button", name="GET /api/products List products").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()

    response = page.locator(".live-responses-table")
    expect(response).to_contain_text("200")
    expect(response).to_contain_text('"slug": "tarn-vase"')


def test_api_docs_follow_the_chosen_theme(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/docs")

    page.get_by_role("button", name="Dark", exact=True).click()

    expect(page.locator("html")).to_have_class("dark-mode")
