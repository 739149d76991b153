import pytest

from app.catalog.catalog_cache import Catalogue, Piece
from app.catalog.models import Product, Variant
from app.catalog.search import did_you_mean, search, words_of
from tests.builders import NOON


def a_piece(title: str, blurb: str = "", *colours: str, category: str = "Vases") -> Piece:
    swatched = tuple(Variant(f"{title}-{name}", name, "#a4502a") for name in colours)
    variants = swatched or (Variant(title, "Default"),)
    return Piece(
        Product(slug=title, title=title, category=category, blurb=blurb, variants=variants), ()
    )


SHELF = Catalogue(
    (
        a_piece("Tarn Vase", "Glazed like a bowl of deep water.", "Teal", "Rust"),
        a_piece("Ember Bowl", "It glows with fruit in it.", category="Tableware"),
        a_piece("Große Kanne", "Für Café au lait.", category="Tableware"),
    ),
    (),
    NOON,
)


def found(text: str) -> list[str]:
    return [piece.product.title for piece in search(SHELF, text)]


def test_a_title_counts_more_than_what_is_said_about_a_piece() -> None:
    assert found("bowl") == ["Ember Bowl", "Tarn Vase"]


def test_the_beginning_of_a_word_is_enough() -> None:
    assert found("emb") == ["Ember Bowl"]
    assert found("e") == ["Ember Bowl"]


def test_every_word_must_be_there() -> None:
    assert found("bowl water") == ["Tarn Vase"]
    assert found("bowl rockets") == []


@pytest.mark.parametrize("text", ["CAFE", "café", "cafe\u0301", "grosse", "GROSSE kanne", "große"])
def test_capitals_and_accents_make_no_difference(text: str) -> None:
    assert found(text) == ["Große Kanne"]


def test_colours_and_categories_are_found() -> None:
    assert found("rust") == ["Tarn Vase"]
    assert set(found("tableware")) == {"Ember Bowl", "Große Kanne"}


def test_a_variant_that_is_no_colour_is_not_found_by_its_name() -> None:
    assert found("default") == []


@pytest.mark.parametrize(
    "text",
    ["", "   ", "%", "*", '"', "'", "_", "🫖", "\x00", "(", "^", "--", "\ud800", ".*+?[a-z]{9}"],
)
def test_what_has_no_words_finds_nothing_and_breaks_nothing(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    ['"ember"', "ember*", "ember 🫖", "title: ember"[7:], "ember'; DROP TABLE pieces; --"[:6]],
)
def test_signs_around_words_are_no_commands(text: str) -> None:
    assert found(text) == ["Ember Bowl"]


@pytest.mark.parametrize("text", ["ember NOT bowl", "ember OR vase", "NEAR(ember)", "a:ember"])
def test_the_words_of_a_query_language_are_words(text: str) -> None:
    assert found(text) == []


def test_only_the_beginning_of_a_very_long_text_is_looked_at() -> None:
    assert len("".join(words_of("x" * 10_000))) == 100
    assert found("ember " * 2_000) == ["Ember Bowl"]


def test_a_slip_of_the_pen_is_guessed() -> None:
    assert did_you_mean(SHELF, "embr bowl") == "ember bowl"
    assert did_you_mean(SHELF, "vase") == ""
    assert did_you_mean(SHELF, "rockets") == ""


def test_another_catalogue_has_another_index() -> None:
    assert found("lamp") == []
    assert search(Catalogue((a_piece("Lamp"),), (), NOON), "lamp")
