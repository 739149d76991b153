"""The language of a page: Accept-Language, the switch in the footer, and the URLs it covers."""

import pytest
from fastapi.testclient import TestClient

from app.web.http.locale import preferred_language
from tests.builders import a_product, sku_of
from tests.unit.app.web.pages import (
    ADDRESS,
    checkout_form,
    heading,
    page_text,
    place_order,
    put_in_cart,
)

GERMAN = {"Accept-Language": "de"}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT", "de"),
        ("DE-ch-1996", "de"),
        ("*", "en"),
        ("fr", "en"),
        ("fr, de;q=0.1", "de"),
        ("en;q=0.5, de", "de"),
        ("de;q=0.5, en", "en"),
        ("de, en", "de"),
        ("en, de", "en"),
        (" de ; q=0.9 , en ; q=0.8 ", "de"),
        ("de;q=0", "en"),
        ("en;q=0, *", "de"),
        ("en;q=0, de;q=0", "en"),
        ("*;q=0", "en"),
        ("de;q=2", "en"),
        ("de;q=abc", "en"),
        ("de;q=-1", "en"),
        ("deutsch", "en"),
        ("de_DE.UTF-8", "en"),
        (";;,,=q", "en"),
        ("\x00de", "en"),
        ("de" * 4_000, "en"),
        ("fr," * 2_700 + "de", "en"),
    ],
)
def test_accept_language_chooses_the_supported_language_with_the_highest_quality(
    header: str, language: str
) -> None:
    assert preferred_language(header).code == language


def test_a_page_declares_its_language_and_varies_by_accept_language_and_cookie(
    browser: TestClient,
) -> None:
    page = browser.get("/cart", headers=GERMAN)

    assert '<html lang="de">' in page.text
    assert page.headers["content-language"] == "de"
    assert {"Accept-Language", "Cookie"} <= set(page.headers["vary"].split(", "))
    assert heading(page) == "Dein Warenkorb ist leer."


def test_the_language_switch_overrides_accept_language_and_returns_to_the_page(
    browser: TestClient,
) -> None:
    url = "/products?sort=newest"
    assert 'value="/products?sort=newest"' in browser.get(url).text

    response = browser.post("/language", data={"language": "de", "next": url})

    assert (response.status_code, response.headers["location"]) == (303, f"/de{url}")
    assert '<html lang="de">' in browser.get("/cart", headers={"Accept-Language": "en"}).text


@pytest.mark.parametrize("language", ["xx", "DE", "de;"])
def test_an_unknown_language_deletes_the_language_cookie(
    browser: TestClient, language: str
) -> None:
    browser.post("/language", data={"language": "de"})

    response = browser.post("/language", data={"language": language, "next": "//evil.example"})

    assert response.headers["location"] == "/"
    assert "language=; Max-Age=0" in response.headers["set-cookie"]
    assert '<html lang="en">' in browser.get("/cart").text


@pytest.mark.parametrize("cookie", ["xx", '"><script>', "de%20", "x" * 3_000])
def test_an_invalid_language_cookie_is_ignored(browser: TestClient, cookie: str) -> None:
    page = browser.get("/cart", headers={**GERMAN, "Cookie": f"language={cookie}"})

    assert page.status_code == 200
    assert '<html lang="de">' in page.text


def test_the_language_switch_names_each_language_in_that_language(browser: TestClient) -> None:
    page = browser.get("/cart").text

    assert '<button name="language" value="de" lang="de" aria-pressed="false">Deutsch<' in page
    assert '<button name="language" value="en" lang="en" aria-pressed="true">English<' in page


@pytest.mark.parametrize("path", ["/admin", "/docs", "/api/docs"])
def test_admin_and_api_docs_are_english_only(browser: TestClient, path: str) -> None:
    page = browser.get(path, headers=GERMAN)

    assert page.status_code == 303 or '<html lang="en">' in page.text
    assert 'action="/language"' not in page.text


def test_api_errors_are_english(browser: TestClient) -> None:
    response = browser.get("/api/products/no-such-pot", headers=GERMAN)

    assert response.json()["detail"] == "We have no such product."


def test_a_domain_error_is_translated(browser: TestClient) -> None:
    too_many = {"sku": sku_of(a_product(quantity=50)), "quantity": "11"}

    page = browser.post("/cart", data=too_many, headers=GERMAN)

    assert page.status_code == 422
    assert "Du kannst höchstens 10 Stück eines Produkts bestellen." in page_text(page)


def test_field_errors_are_translated_and_the_input_is_kept(browser: TestClient) -> None:
    form = checkout_form(browser, email="ada@", postal_code="1")

    page = browser.post("/checkout", data=form, headers=GERMAN)

    assert page.status_code == 422
    assert "Bitte eine E-Mail-Adresse wie name@example.com eingeben." in page_text(page)
    assert "26133" in page_text(page)
    assert "Es gibt ein Problem" in page_text(page)
    assert f'value="{ADDRESS["street"]}"' in page.text
    assert "Österreich" in page_text(page)


def test_a_price_filter_accepts_a_decimal_comma(browser: TestClient) -> None:
    put_in_cart(browser, a_product())

    page = browser.get("/de/products?price_min=20,50")

    assert page.status_code == 200
    assert "Ab 20,50 €" in page_text(page)


def test_an_order_page_is_in_the_chosen_language(browser: TestClient) -> None:
    browser.post("/language", data={"language": "de"})

    order_id = place_order(browser)
    page = browser.get(f"/orders/{order_id}")

    assert heading(page) == "Danke, Ada."
    assert "Wir haben deinen Artikel reserviert." in page_text(page)
    assert "30,40 €" in page_text(page)
