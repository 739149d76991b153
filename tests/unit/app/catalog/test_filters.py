from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.catalog.catalog_cache import Catalog, CatalogEntry
from app.catalog.filters import (
    Filters,
    SortOrder,
    apply_filters,
    count_facets,
    matching_variants,
    sort_entries,
)
from app.catalog.models import Product, Variant
from app.catalog.pagination import PAGE_SIZE, Page
from app.catalog.related import related_entries
from tests.builders import NOON


def an_entry(
    slug: str, *, price: int = 2_000, category: str = "Vases", **fields: Any
) -> CatalogEntry:
    defaults: dict[str, Any] = {
        "title": slug,
        "blurb": "",
        "added_at": NOON,
        "variants": (Variant(slug, "Default"),),
    }
    product = Product(slug=slug, category=category, price=price, **(defaults | fields))
    return CatalogEntry(product, ())


OAT, RUST = Variant("mug-oat", "Oat", "#d8ccb6"), Variant("mug-rust", "Rust", "#a4502a")
MUG = an_entry("mug", price=2_400, category="Tableware", variants=(OAT, RUST), tags=("bestseller",))
PLATE = an_entry("plate", price=9_600, category="Tableware", position=2, tags=("sale",))
VASE = an_entry("vase", price=6_800, position=1, added_at=NOON + timedelta(days=1), tags=("sale",))
ENTRIES = (MUG, PLATE, VASE)
AVAILABLE = {"mug-oat": 4, "mug-rust": 0, "plate": 0, "vase": 1}


def slugs(entries: tuple[CatalogEntry, ...]) -> list[str]:
    return [entry.product.slug for entry in entries]


def filtered(**filters: Any) -> list[str]:
    return slugs(apply_filters(ENTRIES, Filters(**filters), AVAILABLE))


def test_empty_filters_keep_every_product() -> None:
    assert filtered() == ["mug", "plate", "vase"]


def test_filter_by_category() -> None:
    assert filtered(category="Tableware") == ["mug", "plate"]


def test_price_range_is_inclusive() -> None:
    assert filtered(price_min=2_400, price_max=6_800) == ["mug", "vase"]
    assert filtered(price_min=2_401, price_max=6_799) == []
    assert filtered(price_max=0) == []


def test_filter_by_stock_drops_products_that_are_sold_out_in_every_variant() -> None:
    assert filtered(in_stock=True) == ["mug", "vase"]


def test_two_colours_match_products_that_have_either() -> None:
    assert filtered(colours=("Oat", "Teal")) == ["mug"]
    assert filtered(colours=("Default",)) == []


def test_colour_and_stock_apply_to_the_same_variant() -> None:
    assert filtered(colours=("Rust",)) == ["mug"]
    assert filtered(colours=("Rust",), in_stock=True) == []


def test_two_materials_match_products_made_of_either() -> None:
    lamp = an_entry("lamp", materials=("Stoneware", "Brass"))
    bowl = an_entry("bowl", materials=("Birch",))
    entries = (lamp, bowl, VASE)

    both = apply_filters(entries, Filters(materials=("Brass", "Birch")), AVAILABLE)

    assert slugs(apply_filters(entries, Filters(materials=("Brass",)), AVAILABLE)) == ["lamp"]
    assert slugs(both) == ["lamp", "bowl"]
    assert apply_filters(entries, Filters(materials=("Gold",)), AVAILABLE) == ()


def test_material_facets_are_those_of_the_category_and_the_selected_ones() -> None:
    lamp = an_entry("lamp", category="Lighting", materials=("Stoneware", "Brass"))
    tray = an_entry("tray", category="Kitchen", materials=("Birch",))
    filters = Filters(category="Lighting", materials=("Brass", "Gold"))

    facets = count_facets((lamp, tray), filters, {"lamp": 1, "tray": 1})

    counts = [(it.value, it.count) for it in facets.materials]
    assert counts == [("Stoneware", 1), ("Brass", 1), ("Gold", 0)]


def test_matching_variants_pass_colour_and_stock() -> None:
    assert matching_variants(MUG, Filters(colours=("Rust",)), AVAILABLE) == (RUST,)
    assert matching_variants(MUG, Filters(in_stock=True), AVAILABLE) == (OAT,)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (SortOrder.RELEVANCE, ["plate", "vase", "mug"]),
        (SortOrder.FEATURED, ["mug", "vase", "plate"]),
        (SortOrder.NEWEST, ["vase", "plate", "mug"]),
        (SortOrder.PRICE_UP, ["mug", "vase", "plate"]),
        (SortOrder.PRICE_DOWN, ["plate", "vase", "mug"]),
        (SortOrder.BESTSELLERS, ["mug", "plate", "vase"]),
    ],
)
def test_products_are_sorted(order: SortOrder, expected: list[str]) -> None:
    assert slugs(sort_entries((PLATE, VASE, MUG), order)) == expected


def test_facets_are_counted_with_all_other_filters_applied() -> None:
    facets = count_facets(ENTRIES, Filters(category="Tableware", in_stock=True), AVAILABLE)

    assert [(it.value, it.count) for it in facets.categories] == [("Tableware", 1), ("Vases", 1)]
    assert [(it.value, it.count) for it in facets.colours] == [("Oat", 1), ("Rust", 0)]
    assert facets.in_stock == 1


@pytest.mark.parametrize(
    "filters",
    [
        Filters(category, colours, materials, price_min, in_stock=in_stock)
        for category in ("", "Tableware")
        for colours in ((), ("Oat",), ("Oat", "Rust"))
        for materials in ((), ("Oak",))
        for price_min in (None, 3_000)
        for in_stock in (False, True)
    ],
)
def test_facet_counts_what_would_be_listed_with_its_value(filters: Filters) -> None:
    jar = an_entry("jar", category="Tableware", variants=(RUST,), materials=("Oak", "Clay", "Oak"))
    bowl = an_entry("bowl", price=4_000, variants=(OAT,), materials=("Oak",))
    entries = (*ENTRIES, jar, bowl)

    def listed(**changes: Any) -> int:
        return len(apply_filters(entries, replace(filters, **changes), AVAILABLE))

    facets = count_facets(entries, filters, AVAILABLE)

    assert [it.count for it in facets.categories] == [
        listed(category=it.value) for it in facets.categories
    ]
    assert [it.count for it in facets.colours] == [
        listed(colours=(it.value,)) for it in facets.colours
    ]
    assert [it.count for it in facets.materials] == [
        listed(materials=(it.value,)) for it in facets.materials
    ]
    assert facets.in_stock == listed(in_stock=True)


def test_selected_colour_stays_in_the_facets_with_count_zero() -> None:
    facets = count_facets(ENTRIES, Filters(category="Vases", colours=("Oat",)), AVAILABLE)

    assert [(it.value, it.count) for it in facets.colours] == [("Oat", 0)]


def test_related_products_share_the_category_or_a_tag() -> None:
    lamp = an_entry("lamp", category="Lighting")

    assert slugs(related_entries(Catalog((lamp, *ENTRIES), (), NOON), PLATE)) == [
        "mug",
        "vase",
        "lamp",
    ]
    pots = tuple(an_entry(f"pot-{n}") for n in range(9))
    assert len(related_entries(Catalog(pots, (), NOON), VASE)) == 4


def test_pagination_divides_the_matches_and_clamps_the_page_number() -> None:
    matches = tuple(an_entry(f"pot-{n}") for n in range(PAGE_SIZE + 3))

    first, last = Page(matches, 1), Page(matches, 99)

    assert (first.number, first.page_count, first.next_count) == (1, 2, 3)
    assert (last.number, slugs(last.entries)) == (2, ["pot-12", "pot-13", "pot-14"])
    assert (last.next_count, Page((), 1).page_count) == (0, 1)


@pytest.mark.parametrize(
    ("count", "number", "links"),
    [
        (1, 1, [1]),
        (4, 2, [1, 2, 3, 4]),
        (5, 1, [1, 2, 0, 5]),
        (5, 3, [1, 2, 3, 4, 5]),
        (167, 1, [1, 2, 0, 167]),
        (167, 4, [1, 2, 3, 4, 5, 0, 167]),
        (167, 80, [1, 0, 79, 80, 81, 0, 167]),
        (167, 167, [1, 0, 166, 167]),
    ],
)
def test_pagination_links_to_the_first_the_last_and_the_neighbouring_pages(
    count: int, number: int, links: list[int]
) -> None:
    """A gap of one page is that page; any other gap is 0."""
    page = Page(ENTRIES[:1] * (PAGE_SIZE * count), number)

    assert list(page.linked_numbers) == links
