"""Query and index are cut by one analyser: PrestaShop#22931 (accents), pelias/api#600 (plurals)."""

import json
import unicodedata

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.catalog_cache import Catalog, CatalogEntry, clear_cache
from app.catalog.models import Product, Variant
from app.catalog.search import search
from app.catalog.search_terms import STEMMERS, english_stem, german_stem, terms_of, words_of
from app.text_policy import MAX_TEXT_LENGTH, clean_search_text, refused_character
from app.web.http.filter_params import SearchQuery
from infra.local.seed import SEED_DATA
from tests.builders import NOON, a_product
from tests.unit.app.web.pages import page_text

NAMES = {
    "en": (
        *("Tarn Vase", "Ember Mug", "Oak Canvas", "Ash Lens", "Pine Dish", "Berry Box"),
        *("Leaf Knife", "Glass Loaf", "Blue Shoe", "Potter's Wheel", "Smørrebrød Board"),
    ),
    "de": (
        *("Blaue Väse", "Krug", "Glas", "Topf", "Handtuch", "Schüssel", "Gabel", "Becher", "Sofa"),
        *("Hafentasse", "Fußbank", "Küchenmesser"),
    ),
}
FOUND = {
    "en": {
        "mugs": "Ember Mug",
        "MUGS": "Ember Mug",
        "vases": "Tarn Vase",
        "väse": "Tarn Vase",
        "va\u0308se": "Tarn Vase",
        "vaese": "Tarn Vase",
        "ｖａｓｅ": "Tarn Vase",
        "canvases": "Oak Canvas",
        "lenses": "Ash Lens",
        "dishes": "Pine Dish",
        "berries": "Berry Box",
        "boxes": "Berry Box",
        "leaves": "Leaf Knife",
        "knives": "Leaf Knife",
        "glasses": "Glass Loaf",
        "loaves": "Glass Loaf",
        "shoes": "Blue Shoe",
        "blues": "Blue Shoe",
        "potter": "Potter's Wheel",
        "potter\u2019s": "Potter's Wheel",
        "potters": "Potter's Wheel",
        "smorrebrod": "Smørrebrød Board",
        "SMØRREBRØD": "Smørrebrød Board",
        "em": "Ember Mug",
        "em\u00adber": "Ember Mug",
    },
    "de": {
        "vase": "Blaue Väse",
        "vaesen": "Blaue Väse",
        "VÄSEN": "Blaue Väse",
        "krüge": "Krug",
        "kruege": "Krug",
        "kru\u0308ge": "Krug",
        "gläser": "Glas",
        "töpfe": "Topf",
        "toepfen": "Topf",
        "handtücher": "Handtuch",
        "schuesseln": "Schüssel",
        "gabeln": "Gabel",
        "bechern": "Becher",
        "sofas": "Sofa",
        "tassen": "Hafentasse",
        "fussbänke": "Fußbank",
        "FUSSBANK": "Fußbank",
        "kuechenmessern": "Küchenmesser",
    },
}
SYNONYMS = {"Becher": {"Hafentasse"}, "Hafentasse": {"Becher"}}
CASES = [(code, query, title) for code, found in FOUND.items() for query, title in found.items()]
# Consonants and vowels, so that the words are like words; the rules below are those of grammars.
nouns = st.text("abdefghiklmnoprstuvwxyz", min_size=3, max_size=12)


def a_named_product(title: str) -> Product:
    variants = (Variant(title, "Default"),)
    return Product(slug=title, title=title, category="Home", blurb="", variants=variants)


def a_catalog(code: str) -> Catalog:
    entries = []
    for title in NAMES[code]:
        product = a_named_product(title)
        entries.append(CatalogEntry(product, (), original=product if code == "de" else None))
    return Catalog(tuple(entries), (), NOON, language=code)


CATALOGS = {code: a_catalog(code) for code in NAMES}


def results(code: str, text: str) -> list[str]:
    return [entry.product.title for entry in search(CATALOGS[code], text).entries]


def english_plural(noun: str) -> str:
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    if noun.endswith(("f", "fe")):
        return f"{noun.removesuffix('e')[:-1]}ves"
    return f"{noun}s"


def both_numbers(word: str) -> list[str]:
    """The word and its plural; "of" and "potter's" have none."""
    return [word, english_plural(word.lower())] if word.isalpha() and len(word) > 2 else [word]


@pytest.mark.parametrize(("code", "query", "title"), CASES)
def test_product_is_found_by_every_spelling_and_number(code: str, query: str, title: str) -> None:
    best, *others = results(code, query)

    assert best == title
    assert set(others) <= SYNONYMS.get(title, set())


@pytest.mark.parametrize("code", NAMES)
def test_product_is_found_by_each_word_of_its_name(code: str) -> None:
    for title in NAMES[code]:
        for word in title.split():
            for spelling in (word, word.upper(), unicodedata.normalize("NFD", word)):
                assert title in results(code, spelling), spelling


def test_each_word_of_a_name_finds_its_product_in_both_numbers() -> None:
    products = json.loads((SEED_DATA / "products.json").read_text())["products"]
    titles = [*NAMES["en"], *(product["title"] for product in products)]
    entries = tuple(CatalogEntry(a_named_product(title), ()) for title in titles)
    catalog = Catalog(entries, (), NOON)

    for title in titles:
        for number in (it for word in title.split() for it in both_numbers(word)):
            assert title in [it.product.title for it in search(catalog, number).entries], number


def test_exact_word_ranks_above_another_number_of_it() -> None:
    assert results("en", "vase mug") == []
    assert results("en", "tarn vases") == ["Tarn Vase"]


@given(nouns.filter(lambda it: len(it) > 3 or it[-1] not in "sfy"))
def test_regular_english_plural_has_the_stem_of_its_singular(noun: str) -> None:
    assert english_stem(english_plural(noun)) == english_stem(noun)


@given(nouns, st.sampled_from(["e", "en", "er", "s"]))
def test_regular_german_plural_has_the_stem_of_its_singular(noun: str, ending: str) -> None:
    assert german_stem(noun + ending) == german_stem(noun)


@given(nouns.map(lambda it: f"{it}el") | nouns.map(lambda it: f"{it}e"))
def test_german_plural_in_n_has_the_stem_of_its_singular(noun: str) -> None:
    assert german_stem(f"{noun}n") == german_stem(noun)


@given(st.text(st.characters(max_codepoint=0x24F), max_size=40), st.sampled_from([*STEMMERS]))
def test_composed_decomposed_and_upper_case_have_the_same_terms(text: str, code: str) -> None:
    def terms(spelling: str) -> list[tuple[str, ...]]:
        return [terms_of(word, code) for word in words_of(spelling)]

    assert terms(unicodedata.normalize("NFD", text)) == terms(text) == terms(text.upper())
    assert terms(unicodedata.normalize("NFC", text)) == terms(text)


@given(nouns, st.sampled_from([*STEMMERS]))
def test_terms_of_a_term_are_its_own(noun: str, code: str) -> None:
    folded, *stems = terms_of(noun, code)

    assert terms_of(folded, code) == (folded, *stems)


@given(st.text(max_size=60))
def test_search_text_is_clean_and_twice_is_the_same_as_once(text: str) -> None:
    cleaned = clean_search_text(text)

    assert clean_search_text(cleaned) == cleaned
    assert refused_character(cleaned) is None
    assert "\n" not in cleaned


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("va\u202ese", "vase"),
        ("vase\x00\x1b[31m", "vase[31m"),
        ("\u2067vase\u2069", "vase"),
        ("  tarn\t\n vase\u00a0", "tarn vase"),
        ("va\u0308se", "v\u00e4se"),
        ("\u200b\u3164", ""),
        ("\ufdd0", ""),
        ("Z" + "\u0301" * 40, "Z"),
        ("x" * MAX_TEXT_LENGTH + "y", "x" * 100),
    ],
)
def test_search_box_follows_the_text_policy(typed: str, kept: str) -> None:
    assert SearchQuery(q=typed).q == kept


def test_search_page_does_not_show_an_override_of_the_direction(browser: TestClient) -> None:
    page = browser.get("/search", params={"q": "no\u202esuch"})

    assert page.status_code == 200
    assert "\u202e" not in page.text
    assert "nosuch" in page_text(page)


def test_filters_compare_names_in_their_normal_form(browser: TestClient) -> None:
    product = a_product()
    product.update(actions=[Product.category.set("T\u00f6pfe")])
    clear_cache()

    page = browser.get("/products", params={"category": "To\u0308pfe"})

    assert (page.status_code, product.title in page_text(page)) == (200, True)


def test_merchants_find_an_order_by_a_pasted_number(merchant: TestClient) -> None:
    page = merchant.get("/admin", params={"find": "\ufeffHC-20310612-4F7Q2\u202e\u200b"})

    assert page.status_code == 200
    assert "\u202e" not in page.text
