import pytest
from fastapi.testclient import TestClient

from app.catalog.catalog_cache import read_full_catalog
from app.catalog.models import Product, Translation
from tests.builders import NOON, a_product
from tests.unit.app.web.pages import input_values, page_text


def _path(product: Product, language: str = "de") -> str:
    return f"/admin/products/{product.slug}/translations/{language}"


def test_translation_is_shown_to_german_visitors_only(
    merchant: TestClient, another: TestClient
) -> None:
    product = a_product(title="Tea pot", variants=2)
    form = {
        "version": input_values(merchant.get(_path(product)))["version"],
        "title": "Teekanne",
        "category": "Geschirr",
        "term_1": "Farbe eins",
    }

    assert merchant.post(_path(product), data=form).status_code == 303

    german = another.get(f"/de/products/{product.slug}")
    assert {"Teekanne", "Geschirr", "Farbe eins"} <= set(german.text.replace("<", ">").split(">"))
    assert "It pours well." in page_text(german)  # a field that is not translated stays English
    english = another.get(f"/products/{product.slug}", headers={"Accept-Language": "en"})
    assert "Tea pot" in page_text(english)
    assert "Teekanne" not in page_text(english)


def test_translation_of_an_older_version_is_an_edit_conflict(merchant: TestClient) -> None:
    product = a_product()
    form = {"version": "0", "title": "Topf"}
    assert merchant.post(_path(product), data=form).status_code == 303

    answer = merchant.post(_path(product), data=form | {"title": "Kanne"})

    assert answer.status_code == 409
    assert input_values(answer)["title"] == "Kanne"
    saved = read_full_catalog(NOON).entry(product.slug).product.translations
    assert saved is not None
    assert saved["de"].title == "Topf"


def test_translation_that_is_too_long_is_shown_at_its_field(merchant: TestClient) -> None:
    answer = merchant.post(_path(a_product()), data={"version": "0", "title": "T" * 101})

    assert answer.status_code == 422
    assert 'id="title-error"' in answer.text
    assert input_values(answer)["title"] == "T" * 101


@pytest.mark.parametrize("language", ["en", "xx"])
def test_translation_into_english_or_an_unknown_language_is_not_found(
    merchant: TestClient, language: str
) -> None:
    assert merchant.get(_path(a_product(), language)).status_code == 404


def _german(product: Product) -> Translation:
    saved = read_full_catalog(NOON).entry(product.slug).product.translations
    assert saved is not None
    return saved["de"]


def _opened(merchant: TestClient, product: Product) -> dict[str, str]:
    values = input_values(merchant.get(_path(product)))
    assert "base_title" in values
    return values


def test_translations_of_different_fields_are_merged(merchant: TestClient) -> None:
    product = a_product(variants=2)
    form = _opened(merchant, product)
    merchant.post(_path(product), data=form | {"title": "Topf", "term_1": "Farbe eins"})

    answer = merchant.post(
        _path(product), data=form | {"blurb": "Gießt gut.", "term_2": "Farbe zwei"}
    )

    assert answer.status_code == 303
    assert "flash=edit_merged" in answer.headers["set-cookie"]
    german = _german(product)
    assert (german.title, german.blurb) == ("Topf", "Gießt gut.")
    assert german.terms == {"Colour 1": "Farbe eins", "Colour 2": "Farbe zwei"}


def test_conflict_of_translations_shows_all_three_texts_and_saves_mine(
    merchant: TestClient,
) -> None:
    product = a_product(variants=2)
    merchant.post(_path(product), data=_opened(merchant, product) | {"title": "Kanne"})
    form = _opened(merchant, product)
    theirs = {"title": "Topf", "category": "Geschirr", "term_1": "Ihre"}
    merchant.post(_path(product), data=form | theirs)

    conflict = merchant.post(_path(product), data=form | {"title": "Krug", "term_1": "Meine"})
    shown = input_values(conflict)
    saved = merchant.post(_path(product), data=shown)

    assert conflict.status_code == 409
    assert "When you opened the form: Kanne Theirs, saved now: Topf Mine: Krug" in page_text(
        conflict
    )
    assert "Colour 1" in page_text(conflict)
    assert (shown["title"], shown["category"], shown["term_1"]) == ("Krug", "Geschirr", "Meine")
    assert saved.status_code == 303
    german = _german(product)
    assert (german.title, german.category) == ("Krug", "Geschirr")
    assert german.terms == {"Colour 1": "Meine"}


def test_term_keeps_its_meaning_when_the_colours_have_changed(merchant: TestClient) -> None:
    """Its number in the form is another one afterwards: it was saved as that of another colour."""
    product = a_product(variants=2)
    form = _opened(merchant, product)
    first, second = product.variants
    product.update(actions=[Product.variants.set((second, first)), Product.version.add(1)])

    merchant.post(_path(product), data=form | {"term_1": "Farbe eins"})

    assert _german(product).terms == {"Colour 1": "Farbe eins"}
