"""A customer who chooses German sees German pages and emails from the product to the order."""

import re

from playwright.sync_api import expect

from tests.browser.actions import BOTH, ORDER_TIMEOUT, click_add_to_cart
from tests.browser.conftest import OpenPage
from tests.fake_clouds import DeployedShop


@BOTH
def test_german_is_used_from_the_footer_to_the_emails(
    open_page: OpenPage, stocked_shop: DeployedShop, javascript: bool
) -> None:
    page, email = open_page(javascript=javascript), f"emma.js{javascript}@example.com".lower()
    page.goto("/products?category=Tableware")
    page.get_by_role("button", name="Deutsch").click()
    expect(page).to_have_url(re.compile(r"/de/products\?category=Tableware$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Geschirr")

    page.get_by_role("link", name="Hafenbecher").click()
    click_add_to_cart(page, "In den Warenkorb")
    page.goto("/checkout")
    page.get_by_label("E-Mail").fill("emma@")
    page.get_by_label("Vollständiger Name").fill("Emma Töpfer")
    page.get_by_role("button", name="Zahlungspflichtig bestellen").click()
    expect(page.get_by_role("alert")).to_contain_text("Es gibt ein Problem")
    expect(page.get_by_label("Vollständiger Name")).to_have_value("Emma Töpfer")

    for field, text in (("email", email), ("street", "Ofenweg 1"), ("city", "Berlin")):
        page.locator(f"#{field}").fill(text)
    page.locator("#postal_code").fill("10115")
    page.get_by_role("button", name="Zahlungspflichtig bestellen").click()
    expect(page.get_by_text("Wir haben deinen Artikel reserviert.")).to_be_visible(
        timeout=ORDER_TIMEOUT
    )
    expect(page.locator("#status-line")).to_have_text(
        "Deine Bestellung ist unterwegs.", timeout=ORDER_TIMEOUT
    )
    expect(page.get_by_text("29,90 € abgebucht.")).to_be_visible()

    page.goto(f"{stocked_shop.url}/console?to={email}")
    expect(page.get_by_text("Bestellung").first).to_be_visible(timeout=ORDER_TIMEOUT)
