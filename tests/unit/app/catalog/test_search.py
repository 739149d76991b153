import pytest

from app.catalog.catalog_cache import Catalog, CatalogEntry
from app.catalog.models import Product, Variant
from app.catalog.search import did_you_mean, search, search_words
from tests.builders import NOON


def an_entry(title: str, blurb: str = "", *colours: str, category: str = "Vases") -> CatalogEntry:
    coloured = tuple(Variant(f"{title}-{name}", name, "#a4502a") for name in colours)
    variants = coloured or (Variant(title, "Default"),)
    product = Product(slug=title, title=title, category=category, blurb=blurb, variants=variants)
    return CatalogEntry(product, ())


CATALOG = Catalog(
    (
        an_entry("Tarn Vase", "Glazed like a bowl of deep water.", "Teal", "Rust"),
        an_entry("Ember Bowl", "It glows with fruit in it.", category="Tableware"),
        an_entry("Große Kanne", "Für Café au lait.", category="Tableware"),
    ),
    (),
    NOON,
)


def results(text: str) -> list[str]:
    return [entry.product.title for entry in search(CATALOG, text)]


def test_match_in_the_title_ranks_above_a_match_in_the_description() -> None:
    assert results("bowl") == ["Ember Bowl", "Tarn Vase"]


def test_prefix_of_a_word_matches() -> None:
    assert results("emb") == ["Ember Bowl"]
    assert results("e") == ["Ember Bowl"]


def test_every_word_has_to_match() -> None:
    assert results("bowl water") == ["Tarn Vase"]
    assert results("bowl rockets") == []


@pytest.mark.parametrize("text", ["CAFE", "café", "cafe\u0301", "grosse", "GROSSE kanne", "große"])
def test_search_ignores_case_and_accents(text: str) -> None:
    assert results(text) == ["Große Kanne"]


def test_colours_and_categories_match() -> None:
    assert results("rust") == ["Tarn Vase"]
    assert set(results("tableware")) == {"Ember Bowl", "Große Kanne"}


def test_name_of_a_variant_without_a_colour_does_not_match() -> None:
    assert results("default") == []


@pytest.mark.parametrize(
    "text",
    ["", "   ", "%", "*", '"', "'", "_", "🫖", "\x00", "(", "^", "--", "\ud800"],
)
def test_text_without_words_has_no_results(text: str) -> None:
    assert results(text) == []


@pytest.mark.parametrize(
    "text",
    ['"ember"', "ember*", "ember 🫖", "ember'", "-ember", "ember:"],
)
def test_punctuation_is_no_query_syntax(text: str) -> None:
    assert results(text) == ["Ember Bowl"]


@pytest.mark.parametrize(
    "text",
    [
        "ember NOT bowl",
        "ember OR vase",
        "NEAR(ember)",
        "title:ember",
        ".*+?[a-z]{9}",
        "ember'; DROP TABLE products; --",
    ],
)
def test_query_operators_are_plain_words(text: str) -> None:
    assert results(text) == []
    assert results("ember") == ["Ember Bowl"]


def test_long_query_is_cut_to_its_maximum_length() -> None:
    assert len("".join(search_words("x" * 10_000))) == 100
    assert results("ember " * 2_000) == ["Ember Bowl"]


def test_misspelled_query_gets_a_suggestion() -> None:
    assert did_you_mean(CATALOG, "embr bowl") == "ember bowl"
    assert did_you_mean(CATALOG, "vase") == ""
    assert did_you_mean(CATALOG, "rockets") == ""


def test_index_is_rebuilt_for_another_catalog() -> None:
    assert results("lamp") == []
    assert search(Catalog((an_entry("Lamp"),), (), NOON), "lamp")
