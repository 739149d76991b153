import pytest
from fastapi.testclient import TestClient

from app.web.http.locale import preferred_language
from tests.builders import a_product, sku_of
from tests.unit.app.web.pages import ADDRESS, checkout_form, heading, placed, put_in_cart, words

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
def test_the_browsers_wish_is_granted_as_far_as_we_can(header: str, language: str) -> None:
    assert preferred_language(header).code == language


def test_a_page_says_in_which_language_it_is_and_what_that_depends_on(browser: TestClient) -> None:
    page = browser.get("/cart", headers=GERMAN)

    assert '<html lang="de">' in page.text
    assert page.headers["content-language"] == "de"
    assert {"Accept-Language", "Cookie"} <= set(page.headers["vary"].split(", "))
    assert heading(page) == "Dein Warenkorb ist leer."


def test_the_switch_outweighs_the_browser_and_leads_back(browser: TestClient) -> None:
    there = "/products?sort=newest"
    assert 'value="/products?sort=newest"' in browser.get(there).text

    answer = browser.post("/language", data={"language": "de", "next": there})

    assert (answer.status_code, answer.headers["location"]) == (303, there)
    assert '<html lang="de">' in browser.get("/cart", headers={"Accept-Language": "en"}).text


@pytest.mark.parametrize("language", ["xx", "DE", "de;"])
def test_a_language_that_we_do_not_speak_ends_the_choice(
    browser: TestClient, language: str
) -> None:
    browser.post("/language", data={"language": "de"})

    answer = browser.post("/language", data={"language": language, "next": "//evil.example"})

    assert answer.headers["location"] == "/"
    assert "language=; Max-Age=0" in answer.headers["set-cookie"]
    assert '<html lang="en">' in browser.get("/cart").text


@pytest.mark.parametrize("cookie", ["xx", '"><script>', "de%20", "x" * 3_000])
def test_a_cookie_with_anything_else_is_none(browser: TestClient, cookie: str) -> None:
    page = browser.get("/cart", headers={**GERMAN, "Cookie": f"language={cookie}"})

    assert page.status_code == 200
    assert '<html lang="de">' in page.text


def test_the_switch_names_each_language_in_itself(browser: TestClient) -> None:
    page = browser.get("/cart").text

    assert '<button name="language" value="de" lang="de" aria-pressed="false">Deutsch<' in page
    assert '<button name="language" value="en" lang="en" aria-pressed="true">English<' in page


@pytest.mark.parametrize("path", ["/admin", "/api/docs"])
def test_the_desk_and_the_reference_stay_english(browser: TestClient, path: str) -> None:
    page = browser.get(path, headers=GERMAN)

    assert page.status_code == 303 or '<html lang="en">' in page.text
    assert 'action="/language"' not in page.text


def test_a_program_is_refused_in_english(browser: TestClient) -> None:
    answer = browser.get("/api/products/no-such-pot", headers=GERMAN)

    assert answer.json()["detail"] == "We have no such piece."


def test_a_refusal_of_a_rule_is_said_in_the_visitors_language(browser: TestClient) -> None:
    too_many = {"sku": sku_of(a_product(quantity=50)), "quantity": "11"}

    page = browser.post("/cart", data=too_many, headers=GERMAN)

    assert page.status_code == 422
    assert "Von einem Stück verschicken wir höchstens 10 in einer Bestellung." in words(page)


def test_errors_beside_fields_are_german_and_nothing_typed_is_lost(browser: TestClient) -> None:
    form = checkout_form(browser, email="ada@", postal_code="1")

    page = browser.post("/checkout", data=form, headers=GERMAN)

    assert page.status_code == 422
    assert "Das sieht nicht nach einer E-Mail-Adresse aus." in words(page)
    assert "„Postleitzahl“ passt nicht zu diesem Land. Beispiel: 26133." in words(page)
    assert f'value="{ADDRESS["street"]}"' in page.text
    assert "Österreich" in words(page)


def test_a_price_may_be_typed_with_a_comma(browser: TestClient) -> None:
    put_in_cart(browser, a_product())

    page = browser.get("/products?price_min=20,50", headers=GERMAN)

    assert page.status_code == 200
    assert "Ab 20,50 €" in words(page)


def test_an_order_keeps_the_language_it_was_placed_in(browser: TestClient) -> None:
    browser.post("/language", data={"language": "de"})

    order_id = placed(browser)
    page = browser.get(f"/orders/{order_id}")

    assert heading(page) == "Danke, Ada."
    assert "Dein Stück liegt für dich bereit." in words(page)
    assert "30,40 €" in words(page)
