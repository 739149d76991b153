from dataclasses import replace

from app.catalog.catalog_cache import Catalog, CatalogEntry
from app.catalog.models import Product, ProductImage, Translation, Variant
from app.catalog.related import related_entries
from app.catalog.search import search
from app.catalog.translations import terms_to_translate, translate_catalog
from tests.builders import NOON

MUG = Product(
    slug="harbour-mug",
    title="Harbour Mug",
    category="Tableware",
    blurb="A rim that stays warm.",
    details=("Stoneware",),
    variants=(Variant("MUG-BLUE", "Blue", "#3d5b8c"), Variant("MUG-RUST", "Rust", "#a4502a")),
    translations={
        "de": Translation("Hafenbecher", "Geschirr", terms={"Blue": "Blau", "A mug": "Ein Becher"})
    },
)
BOWL = Product(slug="ember-bowl", title="Ember Bowl", category="Tableware", blurb="It glows.")
IMAGE = ProductImage(slug="harbour-mug", image_id="mug", alt="A mug")
CATALOG = Catalog((CatalogEntry(MUG, (IMAGE,)), CatalogEntry(BOWL, ())), (), NOON)
GERMAN = translate_catalog(CATALOG, "de")


def results(catalog: Catalog, text: str) -> list[str]:
    return [entry.product.title for entry in search(catalog, text).entries]


def test_texts_without_a_translation_stay_english() -> None:
    mug, bowl = GERMAN.entries

    assert (mug.product.title, mug.product.blurb) == ("Hafenbecher", "A rim that stays warm.")
    assert (mug.variant_name("MUG-BLUE"), mug.variant_name("MUG-RUST")) == ("Blau", "Rust")
    assert mug.images[0].alt == "Ein Becher"
    assert bowl.product.title == "Ember Bowl"


def test_urls_and_filters_use_the_english_names() -> None:
    assert GERMAN.categories == CATALOG.categories == ("Tableware",)
    assert GERMAN.terms == {"Blue": "Blau", "A mug": "Ein Becher", "Tableware": "Geschirr"}


def test_english_catalog_is_not_changed() -> None:
    assert translate_catalog(CATALOG, "en") is CATALOG
    assert (CATALOG.entries[0].product.title, IMAGE.alt) == ("Harbour Mug", "A mug")


def test_catalog_is_translated_once() -> None:
    assert translate_catalog(CATALOG, "de") is GERMAN
    assert translate_catalog(replace(CATALOG), "de") is not GERMAN


def test_german_search_matches_german_and_english_words() -> None:
    for word in ("hafen", "becher", "blau", "mug", "harbour"):
        assert results(GERMAN, word) == ["Hafenbecher"], word
    assert results(CATALOG, "hafen") == []
    assert search(GERMAN, "hafenbechr").corrected == "hafenbecher"


def test_what_is_kept_with_a_catalog_has_its_language() -> None:
    """Otherwise English pages would show what a German page has found, and the reverse."""
    english = replace(CATALOG)
    german = translate_catalog(english, "de")

    for catalog, title in ((english, "Harbour Mug"), (german, "Hafenbecher")):
        bowl = catalog.entry("ember-bowl")
        assert [it.product.title for it in related_entries(catalog, bowl)] == [title]
        assert results(catalog, "mug") == [title]


def test_own_tags_of_merchants_are_translated_and_found_by_both_names() -> None:
    mug = Product(
        slug="mug", title="Mug", category="Tableware", blurb="", tags=("new", "gift idea")
    )
    mug.translations = {"de": Translation(terms={"gift idea": "Geschenkidee"})}
    german = translate_catalog(Catalog((CatalogEntry(mug, ()),), (), NOON), "de")

    assert list(terms_to_translate(german.entries[0]).values()) == ["gift idea"]
    assert results(german, "geschenke") == results(german, "gift") == ["Mug"]
