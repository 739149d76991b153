"""What people type finds what they look for; the list is ``search_queries.yaml``."""

import pytest
import yaml  # type: ignore[import-untyped]

from app.catalog.catalog_cache import Catalog
from app.catalog.search import search
from tests.benchmarks.search_quality import LANGUAGES, QUERIES, demo_catalog, measure
from tests.printed_figures import PrintFigure

LISTED = yaml.safe_load(QUERIES.read_text("utf-8"))


# The parts of one word, in the order of the word.
WRITTEN_AS_TWO = ("candle sticks", "hafen becher", "mond vase", "blue mu")


def found(catalog: Catalog, text: str) -> set[str]:
    return {entry.product.slug for entry in search(catalog, text).entries}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_listed_query_finds_its_product_in_the_first_three(
    language: str, print_figure: PrintFigure
) -> None:
    quality = measure(language)

    print_figure(f"search, {language}: {quality.hit_rate:.0%} of {quality.queries} queries")
    assert quality.queries >= 100
    assert quality.missed == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_query_for_what_the_shop_does_not_sell_finds_nothing(language: str) -> None:
    quality = measure(language)

    assert quality.negatives >= 20
    assert quality.silly == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_listed_products_exist(language: str) -> None:
    slugs = {entry.product.slug for entry in demo_catalog(language).entries}
    listed = {slug for text in LISTED[language].values() for slug in text.split()}

    assert listed <= slugs


@pytest.mark.parametrize("language", LANGUAGES)
def test_word_order_does_not_matter(language: str) -> None:
    catalog = demo_catalog(language)
    for text in LISTED[language]:
        words = text.split()
        if len(words) == 2 and text not in WRITTEN_AS_TWO:
            assert found(catalog, " ".join(reversed(words))) == found(catalog, text), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_half_typed_name_finds_something_at_every_character(language: str) -> None:
    """From three characters on, the suggestions do not disappear while a visitor types."""
    catalog = demo_catalog(language)
    titles = {word for it in catalog.entries for word in it.product.title.lower().split()}
    for word in sorted(titles):
        for length in range(3, len(word) + 1):
            assert found(catalog, word[:length]), word[:length]
