"""Related products, shown on a product's page."""

from app.catalog.catalog_cache import Catalog, CatalogEntry

MAX_RELATED = 4


def related_entries(catalog: Catalog, entry: CatalogEntry) -> tuple[CatalogEntry, ...]:
    """Up to four other products: those of the same category first, then those that share a tag."""
    if (slug := entry.product.slug) not in catalog.related:
        catalog.related[slug] = _find_related(catalog, entry)
    return catalog.related[slug]


def _find_related(catalog: Catalog, entry: CatalogEntry) -> tuple[CatalogEntry, ...]:
    same_category = catalog.in_category(entry.product.category)
    entries = same_category if len(same_category) > MAX_RELATED else catalog.entries
    others = (other for other in entries if other.product.slug != entry.product.slug)
    return tuple(sorted(others, key=lambda other: _distance(entry, other)))[:MAX_RELATED]


def _distance(entry: CatalogEntry, other: CatalogEntry) -> tuple[bool, bool]:
    return (
        entry.product.category != other.product.category,
        not set(entry.product.tags) & set(other.product.tags),
    )
