"""Information pages: each link of the footer leads to one in both languages, with true figures."""

import re

import pytest
from fastapi.testclient import TestClient

from app.settings import settings
from tests.fake_clouds import override_settings
from tests.unit.app.web.pages import heading, page_text

TITLES = {
    "/privacy": ("Privacy", "Datenschutz"),
    "/terms": ("Terms", "AGB"),
    "/imprint": ("Imprint", "Impressum"),
    "/contact": ("Contact", "Kontakt"),
    "/shipping": ("Shipping", "Versand"),
    "/returns": ("Returns and cancellation", "Rückgabe und Stornierung"),
}


def footer_links(browser: TestClient) -> list[str]:
    footer = browser.get("/").text.partition("<footer")[2]
    return re.findall(r'<a href="([^"]+)"', footer)


@pytest.mark.parametrize("language", ["en", "de"])
def test_each_link_of_the_footer_leads_to_a_page(browser: TestClient, language: str) -> None:
    browser.headers["Cookie"] = f"language={language}"
    links = footer_links(browser)

    assert set(TITLES) <= set(links)
    for link in links:
        page = browser.get(link)
        if page.status_code == 303:  # to the sign-in page
            page = browser.get(page.headers["location"])
        assert page.status_code == 200, link


@pytest.mark.parametrize(("path", "titles"), TITLES.items(), ids=TITLES)
def test_page_has_a_title_in_both_languages_and_a_canonical_address(
    browser: TestClient, path: str, titles: tuple[str, str]
) -> None:
    for language, title in zip(("en", "de"), titles, strict=True):
        page = browser.get(path, headers={"Cookie": f"language={language}"})

        assert heading(page) == title
        assert f"<title>{title} · Hearth &amp; Clay</title>" in page.text
        address = settings().base_url + {"en": "", "de": "/de"}[language] + path
        assert f'<link rel="canonical" href="{address}">' in page.text


def test_unknown_page_is_not_found(browser: TestClient) -> None:
    assert browser.get("/page").status_code == 404


def test_privacy_page_says_what_the_settings_say(browser: TestClient) -> None:
    with override_settings(
        invoice_retention_years="9",
        uncharged_order_days="77",
        log_retention_days="13",
        review_seconds=str(3 * 86_400),
    ):
        page = page_text(browser.get("/privacy"))

    assert "9 years after the end of the year of the order" in page
    assert "77 days. Then only items and amounts stay." in page
    assert "without names or addresses To find and mend errors 13 days" in page
    assert "30 minutes; for orders 4 days" in page
    assert "To show it with the order At most 21 days" in page
    assert "35 days. What was erased stays in backups for so long." in page


def test_shipping_page_has_every_zone(browser: TestClient) -> None:
    page = page_text(browser.get("/shipping"))

    assert "Germany €5.90 €120.00 1 to 2" in page
    assert "All other countries €24.90 – 7 to 14" in page


def test_returns_page_says_how_to_cancel_and_how_to_return(browser: TestClient) -> None:
    page = page_text(browser.get("/returns"))

    assert "Until we ship you can cancel free of charge" in page
    assert "Open your order and choose “Return items”." in page
    assert "If you return the whole order, we also refund the shipping." in page
