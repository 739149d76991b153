import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.catalog_cache import Catalog, CatalogEntry
from app.catalog.models import Product, Variant
from app.catalog.search import SearchResults, search, search_words
from app.catalog.search_index import index_of
from app.catalog.search_spelling import correct_word, edit_distance
from tests.builders import NOON

words = st.text("abcde", max_size=8)


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
    return [entry.product.title for entry in search(CATALOG, text).entries]


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


def test_misspelled_query_finds_the_corrected_word() -> None:
    found = search(CATALOG, "embr bolw")

    assert [entry.product.title for entry in found.entries] == ["Ember Bowl"]
    assert found.corrected == "ember bowl"


@pytest.mark.parametrize("text", ["ember bowl", "BOWLS", "emb", "cafe", "bow", "rockets", ""])
def test_query_without_typos_is_not_corrected(text: str) -> None:
    assert search(CATALOG, text).corrected == ""


def test_exact_search_keeps_typos() -> None:
    assert search(CATALOG, "embr", exact=True) == SearchResults()
    assert search(CATALOG, "ember", exact=True).entries


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mgu", "mug"),
        ("mig", ""),  # three characters may only be swapped
        ("vaze", "vase"),
        ("base", ""),  # a typo in the first character counts twice
        ("bse", ""),
        ("candelstiks", "candlesticks"),
        ("canldesticksx", "candlesticks"),
        ("canxxesticks", "candlesticks"),
        ("canxxxsticks", ""),
        ("mg", ""),
    ],
)
def test_typos_are_corrected_within_limits(typed: str, meant: str) -> None:
    known = [(word, word) for word in ("candlesticks", "mug", "vase")]

    assert correct_word(typed, known) == meant


@given(words, words)
def test_edit_distance_is_a_symmetric_count_of_at_most_the_longer_word(
    left: str, right: str
) -> None:
    distance = edit_distance(left, right)

    assert distance == edit_distance(right, left)
    assert abs(len(left) - len(right)) <= distance <= max(len(left), len(right))
    assert (distance == 0) == (left == right)


@given(words.filter(lambda it: len(it) > 1), st.data())
def test_swap_of_neighbours_is_one_edit(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 2))
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    assert edit_distance(word, swapped) == (swapped != word)


def test_whole_word_does_not_match_the_beginning_of_another() -> None:
    catalog = Catalog((an_entry("Oat Plate"), an_entry("Oatmeal Spoon")), (), NOON)

    assert [it.product.title for it in search(catalog, "oat").entries] == ["Oat Plate"]
    assert [it.product.title for it in search(catalog, "oatm").entries] == ["Oatmeal Spoon"]


def test_last_word_may_be_half_typed_although_it_is_a_word_elsewhere() -> None:
    catalog = Catalog((an_entry("Halo Lamp"), an_entry("Pitcher", "Holds 1.4 l.")), (), NOON)

    assert [it.product.title for it in search(catalog, "halo l").entries] == ["Halo Lamp"]


def test_synonyms_find_products_below_those_with_the_word_itself() -> None:
    catalog = Catalog((an_entry("Kelp Pitcher"), an_entry("Blue Jug")), (), NOON)

    found = [it.product.title for it in search(catalog, "jugs").entries]

    assert found == ["Blue Jug", "Kelp Pitcher"]


def test_words_that_products_write_as_one_may_be_typed_as_two() -> None:
    catalog = Catalog((an_entry("Teaspoons"),), (), NOON)

    assert search(catalog, "tea spoons").entries
    assert search(catalog, "spoons tea").entries == ()


def test_words_without_a_meaning_are_ignored() -> None:
    assert results("a bowl for water") == ["Tarn Vase"]
    assert results("for") == []


def test_tags_are_search_words() -> None:
    entry = an_entry("Tarn Vase")
    entry.product.tags = ("gift idea",)

    assert search(Catalog((entry,), (), NOON), "presents").entries == (entry,)


def test_another_read_of_the_same_products_keeps_the_index() -> None:
    entry = an_entry("Tarn Vase")
    index = index_of(Catalog((entry,), (), NOON))

    assert index_of(Catalog((entry,), (), NOON)) is index
    entry.product.version += 1
    assert index_of(Catalog((entry,), (), NOON)) is not index


def test_index_is_rebuilt_for_another_catalog() -> None:
    assert results("lamp") == []
    assert search(Catalog((an_entry("Lamp"),), (), NOON), "lamp").entries
