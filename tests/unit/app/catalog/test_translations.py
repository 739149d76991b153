from dataclasses import replace

from app.catalog.catalog_cache import Catalogue, Piece
from app.catalog.models import Picture, Product, Texts, Variant
from app.catalog.search import did_you_mean, search
from app.catalog.translated_catalog import in_language
from tests.builders import NOON

MUG = Product(
    slug="harbour-mug",
    title="Harbour Mug",
    category="Tableware",
    blurb="A rim that stays warm.",
    details=("Stoneware",),
    variants=(Variant("MUG-BLUE", "Blue", "#3d5b8c"), Variant("MUG-RUST", "Rust", "#a4502a")),
    texts={"de": Texts("Hafenbecher", "Geschirr", words={"Blue": "Blau", "A mug": "Ein Becher"})},
)
BOWL = Product(slug="ember-bowl", title="Ember Bowl", category="Tableware", blurb="It glows.")
PICTURE = Picture(slug="harbour-mug", picture_id="mug", alt="A mug")
SHELF = Catalogue((Piece(MUG, (PICTURE,)), Piece(BOWL, ())), (), NOON)
GERMAN = in_language(SHELF, "de")


def found(shelf: Catalogue, text: str) -> list[str]:
    return [piece.product.title for piece in search(shelf, text)]


def test_a_piece_says_what_is_translated_and_the_rest_in_english() -> None:
    mug, bowl = GERMAN.pieces

    assert (mug.product.title, mug.product.blurb) == ("Hafenbecher", "A rim that stays warm.")
    assert (mug.variant_name("MUG-BLUE"), mug.variant_name("MUG-RUST")) == ("Blau", "Rust")
    assert mug.pictures[0].alt == "Ein Becher"
    assert bowl.product.title == "Ember Bowl"


def test_addresses_and_filters_go_by_the_english_names() -> None:
    assert GERMAN.categories == SHELF.categories == ("Tableware",)
    assert GERMAN.words == {"Blue": "Blau", "A mug": "Ein Becher", "Tableware": "Geschirr"}


def test_english_is_left_as_it_was_read() -> None:
    assert in_language(SHELF, "en") is SHELF
    assert (SHELF.pieces[0].product.title, PICTURE.alt) == ("Harbour Mug", "A mug")


def test_a_catalogue_is_translated_once() -> None:
    assert in_language(SHELF, "de") is GERMAN
    assert in_language(replace(SHELF, translated={}), "de") is not GERMAN


def test_german_words_are_found_in_german_and_english_ones_still() -> None:
    for word in ("hafen", "becher", "blau", "mug", "harbour"):
        assert found(GERMAN, word) == ["Hafenbecher"], word
    assert found(SHELF, "hafen") == []
    assert did_you_mean(GERMAN, "hafenbechr") == "hafenbecher"
