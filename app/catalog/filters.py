"""Filtering and sorting product lists, and the facet counts beside them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from app.catalog.catalog_cache import CatalogEntry
from app.catalog.models import Variant


@dataclass(frozen=True)
class Filters:
    """What a visitor filters by; an empty field filters nothing. Both prices are inclusive."""

    category: str = ""
    colours: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()
    price_min: int | None = None
    price_max: int | None = None
    in_stock: bool = False


@dataclass(frozen=True)
class Facet:
    """A filter value, and how many products would be listed with it."""

    value: str
    count: int
    swatch: str = ""


@dataclass(frozen=True)
class Facets:
    categories: tuple[Facet, ...]
    colours: tuple[Facet, ...]
    materials: tuple[Facet, ...]
    in_stock: int


class SortOrder(StrEnum):
    """The orders of a product list. Relevance keeps the order of the search results."""

    RELEVANCE = "relevance"
    FEATURED = "featured"
    NEWEST = "newest"
    PRICE_UP = "price-up"
    PRICE_DOWN = "price-down"
    BESTSELLERS = "bestsellers"


def apply_filters(
    entries: Iterable[CatalogEntry], filters: Filters, available: Mapping[str, int]
) -> tuple[CatalogEntry, ...]:
    """The products that pass every filter; ``available`` is the stock by SKU.

    Colour and stock apply to the same variant: a mug that is sold out in rust is not in stock
    for the colour rust.
    """
    return tuple(
        entry
        for entry in entries
        if filters.category in ("", entry.product.category)
        and _is_in_price_range(entry, filters)
        and _has_material(entry, filters)
        and matching_variants(entry, filters, available)
    )


def _is_in_price_range(entry: CatalogEntry, filters: Filters) -> bool:
    price = entry.product.price_of(entry.product.cheapest)
    return (filters.price_min or 0) <= price and (
        filters.price_max is None or price <= filters.price_max
    )


def _has_material(entry: CatalogEntry, filters: Filters) -> bool:
    return not filters.materials or not set(filters.materials).isdisjoint(entry.product.materials)


def matching_variants(
    entry: CatalogEntry, filters: Filters, available: Mapping[str, int]
) -> tuple[Variant, ...]:
    """The variants that pass the filters by colour and stock."""
    return tuple(
        variant
        for variant in entry.product.variants
        if (not filters.colours or _colour(variant) in filters.colours)
        and (not filters.in_stock or available.get(variant.sku, 0) > 0)
    )


def sold_out_slugs(entries: Iterable[CatalogEntry], available: Mapping[str, int]) -> frozenset[str]:
    """The slugs of products of which no variant is in stock."""
    in_stock = Filters(in_stock=True)
    return frozenset(
        entry.product.slug for entry in entries if not matching_variants(entry, in_stock, available)
    )


def _colour(variant: Variant) -> str:
    """Only a variant with a swatch has a colour; "Default" or "Set of four" is none."""
    return variant.name if variant.swatch else ""


def count_facets(
    entries: Iterable[CatalogEntry], filters: Filters, available: Mapping[str, int]
) -> Facets:
    """Count the products for each filter value, with all other filters applied.

    A selected value stays in the list even if its count is 0, so that it can be deselected.
    """
    entries = tuple(entries)
    listed = [e for e in entries if filters.category in ("", e.product.category)]
    materials = dict.fromkeys(name for entry in listed for name in entry.product.materials)
    materials |= dict.fromkeys(filters.materials)
    swatches = _swatches(listed)
    swatches |= {name: "" for name in filters.colours if name not in swatches}

    counts = _FacetCounts()
    for entry in entries:
        if _is_in_price_range(entry, filters):
            counts.add(entry, filters, available)
    return Facets(
        tuple(
            Facet(name, counts.categories[name])
            for name in dict.fromkeys(entry.product.category for entry in entries)
        ),
        tuple(Facet(name, counts.colours[name], swatch) for name, swatch in swatches.items()),
        tuple(Facet(name, counts.materials[name]) for name in materials),
        counts.in_stock,
    )


@dataclass
class _FacetCounts:
    """Counts all facets in one pass: one pass for each value takes 130 ms for 2,000 products."""

    categories: Counter[str] = field(default_factory=Counter)
    colours: Counter[str] = field(default_factory=Counter)
    materials: Counter[str] = field(default_factory=Counter)
    in_stock: int = 0

    def add(self, entry: CatalogEntry, filters: Filters, available: Mapping[str, int]) -> None:
        """Count a product in the price range by each facet whose other filters it passes."""
        product, has_material = entry.product, _has_material(entry, filters)
        variants = matching_variants(entry, filters, available)
        self.categories[product.category] += bool(has_material and variants)
        if filters.category not in ("", product.category):
            return
        if variants:
            self.materials.update({*product.materials})
        if has_material:
            of_any_colour = matching_variants(entry, replace(filters, colours=()), available)
            self.colours.update({_colour(variant) for variant in of_any_colour})
            in_stock = variants
            if not filters.in_stock:
                in_stock = tuple(it for it in variants if available.get(it.sku, 0) > 0)
            self.in_stock += bool(in_stock)


@dataclass(frozen=True)
class Listing:
    """The sorted products that pass the filters, the number without filters, and the facets."""

    matches: tuple[CatalogEntry, ...]
    total: int
    facets: Facets


def list_matching(
    entries: tuple[CatalogEntry, ...],
    filters: Filters,
    order: SortOrder,
    available: Mapping[str, int],
) -> Listing:
    return Listing(
        sort_entries(apply_filters(entries, filters, available), order),
        len(apply_filters(entries, Filters(filters.category), available)),
        count_facets(entries, filters, available),
    )


def _swatches(entries: Iterable[CatalogEntry]) -> dict[str, str]:
    """Colour names with the swatch of the first product that has the colour."""
    swatches: dict[str, str] = {}
    for entry in entries:
        for variant in entry.product.variants:
            if variant.swatch:
                swatches.setdefault(variant.name, variant.swatch)
    return swatches


def sort_entries(entries: Iterable[CatalogEntry], order: SortOrder) -> tuple[CatalogEntry, ...]:
    """Sort stably: products that are equal in this order keep their places."""
    match order:
        case SortOrder.RELEVANCE:
            return tuple(entries)
        case SortOrder.FEATURED:
            return tuple(sorted(entries, key=lambda entry: entry.product.position))
        case SortOrder.NEWEST:
            return tuple(sorted(entries, key=_added_at, reverse=True))
        case SortOrder.BESTSELLERS:
            return tuple(sorted(entries, key=lambda it: "bestseller" not in it.product.tags))
        case _:
            is_descending = order == SortOrder.PRICE_DOWN
            return tuple(sorted(entries, key=_price, reverse=is_descending))


def _added_at(entry: CatalogEntry) -> datetime:
    return entry.product.added_at


def _price(entry: CatalogEntry) -> int:
    return entry.product.price_of(entry.product.cheapest)
