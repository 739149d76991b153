"""Somebody who reads German buys a mug, and reads about it in German."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.fake_clouds import RunningShop

SOON = 20_000  # milliseconds
BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["with JS", "without JS"])


@BOTH
def test_the_footer_switches_to_german_and_the_whole_way_is_german(
    open_page: OpenPage, stocked_shop: RunningShop, javascript: bool
) -> None:
    page, email = open_page(javascript=javascript), f"emma.js{javascript}@example.com".lower()
    page.goto("/shelf?category=Tableware")
    page.get_by_role("button", name="Deutsch").click()
    expect(page).to_have_url(re.compile(r"/shelf\?category=Tableware$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Geschirr")

    page.get_by_role("link", name="Hafenbecher").click()
    page.get_by_role("button", name="In den Warenkorb").click()
    page.wait_for_load_state("networkidle")
    page.goto("/checkout")
    page.get_by_label("E-Mail").fill("emma@")
    page.get_by_label("Name", exact=True).fill("Emma Töpfer")
    page.get_by_role("button", name="29,90 € bezahlen").click()
    expect(page.get_by_role("alert")).to_contain_text("Bitte sieh dir diese Felder an:")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Emma Töpfer")

    for field, text in (("email", email), ("street", "Ofenweg 1"), ("city", "Berlin")):
        page.locator(f"#{field}").fill(text)
    page.locator("#postal_code").fill("10115")
    page.get_by_role("button", name="29,90 € bezahlen").click()
    expect(page.get_by_text("Dein Stück liegt für dich bereit.")).to_be_visible(timeout=SOON)
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Es ist unterwegs, Emma.", timeout=SOON
    )
    expect(page.get_by_text("29,90 €, einmal abgebucht.")).to_be_visible()

    page.goto(f"{stocked_shop.url}/console?to={email}")
    expect(page.get_by_text("Deine Bestellung").first).to_be_visible(timeout=SOON)
