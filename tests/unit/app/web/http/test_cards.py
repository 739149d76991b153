import pytest

from app.catalog.catalog_cache import cached_catalog
from app.i18n.locales import ENGLISH, GERMAN, Language
from app.web.http.templating import environment
from tests.builders import NOON, a_product

pytestmark = pytest.mark.usefixtures("tables")


def render(source: str, slug: str, language: Language = ENGLISH) -> str:
    entry = cached_catalog(NOON).entry(slug)
    return environment(language).from_string(source).render(entry=entry)


def test_a_card_is_rendered_once_for_each_read_of_the_catalog() -> None:
    slug = a_product(title="Tea bowl").slug
    entry = cached_catalog(NOON).entry(slug)

    first, again = render("{{ card(entry) }}", slug), render("{{ card(entry) }}", slug)

    assert first == again
    assert "Tea bowl</a></h2>" in first
    assert len(entry.cards) == 1


def test_a_card_with_other_options_is_another_card() -> None:
    slug = a_product().slug

    assert "</h3>" in render('{{ card(entry, level="h3") }}', slug)
    assert "Sold out" in render("{{ card(entry, sold_out=true) }}", slug)
    assert "Sold out" not in render("{{ card(entry) }}", slug)


def test_cards_are_in_the_language_of_the_page() -> None:
    slug = a_product().slug

    assert "Sold out" in render("{{ card(entry, sold_out=true) }}", slug)
    assert "Ausverkauft" in render("{{ card(entry, sold_out=true) }}", slug, GERMAN)
