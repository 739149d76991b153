import pytest
from fastapi.testclient import TestClient

from app.catalog.catalog_cache import whole_catalogue
from app.catalog.models import Product
from tests.builders import NOON, a_product
from tests.unit.app.web.pages import typed, words

GERMAN = {"Accept-Language": "de"}


def reworded(merchant: TestClient, product: Product, **texts: str) -> int:
    path = f"/desk/products/{product.slug}/texts/de"
    seen = {"version": typed(merchant.get(path))["version"]}
    answer = merchant.post(path, data=seen | texts)
    return int(answer.status_code)


def test_german_visitors_read_what_a_merchant_wrote_and_others_do_not(
    merchant: TestClient, another: TestClient
) -> None:
    product = a_product(title="Tea pot", variants=2)
    texts = {"title": "Teekanne", "category": "Geschirr", "word_1": "Farbe eins"}

    assert reworded(merchant, product, **texts) == 303

    german = another.get(f"/products/{product.slug}", headers=GERMAN)
    assert {"Teekanne", "Geschirr", "Farbe eins"} <= set(german.text.replace("<", ">").split(">"))
    assert "It pours well." in words(german)  # what is left empty is said in English
    english = another.get(f"/products/{product.slug}", headers={"Accept-Language": "en"})
    assert "Tea pot" in words(english)
    assert "Teekanne" not in words(english)


def test_a_form_from_before_another_change_saves_nothing(merchant: TestClient) -> None:
    product = a_product()
    stale = {"version": "0", "title": "Topf"}
    path = f"/desk/products/{product.slug}/texts/de"
    assert merchant.post(path, data=stale).status_code == 303

    answer = merchant.post(path, data=stale | {"title": "Kanne"})

    assert answer.status_code == 409
    assert typed(answer)["title"] == "Kanne"
    kept = whole_catalogue(NOON).piece(product.slug).product.texts
    assert kept is not None
    assert kept["de"].title == "Topf"


def test_what_is_too_long_is_said_beside_its_field(merchant: TestClient) -> None:
    product = a_product()

    answer = merchant.post(
        f"/desk/products/{product.slug}/texts/de", data={"version": "0", "title": "T" * 101}
    )

    assert answer.status_code == 422
    assert 'id="title-error"' in answer.text
    assert typed(answer)["title"] == "T" * 101


@pytest.mark.parametrize("language", ["en", "xx"])
def test_there_is_no_form_for_english_or_for_what_we_do_not_speak(
    merchant: TestClient, language: str
) -> None:
    path = f"/desk/products/{a_product().slug}/texts/{language}"

    assert merchant.get(path).status_code == 404


def test_for_anybody_else_there_is_no_such_form(browser: TestClient) -> None:
    assert browser.get(f"/desk/products/{a_product().slug}/texts/de").status_code in (303, 404)
