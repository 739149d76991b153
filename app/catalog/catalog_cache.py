"""The catalog in memory: one Query reads all of it, and each warm function caches it for 30 s."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from pynamodb.exceptions import DoesNotExist

from app.catalog.bounded_cache import BoundedCache, fragment_cache
from app.catalog.models import (
    CATALOG_ID,
    DEFAULT_VARIANT,
    HOME_SLUG,
    CatalogItem,
    Product,
    ProductImage,
    Variant,
    image_key,
    product_key,
)
from app.errors import NotFound
from app.i18n.messages import lazy_gettext
from app.inventory.reservations import scan_availability

CACHE_TTL = timedelta(seconds=30)
MAX_SLUG = 500  # bytes of a slug in a URL: no product has so many, and no key may have twice that
MAX_KEPT = 100  # searches of a catalog, and lists of an availability
MAX_LOOKUPS = 20  # in the time that a catalog is cached
MAX_FEATURED = 12  # the first products, which the home page shows
NO_SUCH_PRODUCT = lazy_gettext("We have no such product.")


@dataclass(frozen=True)
class CatalogEntry:
    """A product with its images in display order.

    In a translated catalog, ``terms`` maps English colours and categories to their translations,
    and ``original`` is the English product. ``cards`` has the HTML of its cards in product lists.
    """

    product: Product
    images: tuple[ProductImage, ...]
    terms: Mapping[str, str] = field(default_factory=dict)
    original: Product | None = None
    cards: dict[Any, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def cover(self) -> ProductImage | None:
        return self.images[0] if self.images else None

    def has_images_in_progress(self, now: datetime) -> bool:
        return any(image.is_in_progress(now) for image in self.images)

    def variant(self, sku: str) -> Variant:
        return next(v for v in self.product.variants if v.sku == sku)

    def variant_name(self, sku: str) -> str:
        """The translated name of the variant; "" if it is the product's only one."""
        name = self.variant(sku).name
        return "" if name == DEFAULT_VARIANT else self.terms.get(name, name)

    def image_of(self, sku: str) -> ProductImage | None:
        """The variant's own image, or else the cover."""
        image_id = self.variant(sku).image_id
        return next((image for image in self.images if image.image_id == image_id), self.cover)


@dataclass(frozen=True)
class Catalog:
    """All products, as they were at ``read_at``.

    The last fields are filled on demand: the catalog in other languages, the related products of
    the pages that were shown, by slug, the results of the latest searches, and HTML of pages. A
    copy of a catalog with changes begins without them.
    """

    entries: tuple[CatalogEntry, ...]
    home_images: tuple[ProductImage, ...]
    read_at: datetime
    _by_sku: dict[str, CatalogEntry] = field(default_factory=dict, compare=False)
    language: str = "en"
    terms: Mapping[str, str] = field(default_factory=dict)  # of all categories and colours
    translated: dict[str, "Catalog"] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )
    related: dict[str, tuple[CatalogEntry, ...]] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )
    searches: BoundedCache[Any] = field(
        init=False, default_factory=lambda: BoundedCache(MAX_KEPT), compare=False, repr=False
    )
    fragments: BoundedCache[str] = field(
        init=False, default_factory=fragment_cache, compare=False, repr=False
    )

    @cached_property
    def categories(self) -> tuple[str, ...]:
        return tuple(self._by_category)

    @cached_property
    def _by_category(self) -> dict[str, list[CatalogEntry]]:
        by_category: dict[str, list[CatalogEntry]] = {}
        for entry in self.entries:
            by_category.setdefault(entry.product.category, []).append(entry)
        return by_category

    def in_category(self, category: str) -> tuple[CatalogEntry, ...]:
        return tuple(self._by_category.get(category, ()))

    @cached_property
    def _by_slug(self) -> dict[str, CatalogEntry]:
        return {entry.product.slug: entry for entry in self.entries}

    def entry(self, slug: str) -> CatalogEntry:
        """Find a product by its slug, or raise ``NotFound``."""
        if slug not in self._by_slug:
            raise NotFound(NO_SUCH_PRODUCT)
        return self._by_slug[slug]

    def has_slug(self, slug: str) -> bool:
        return slug in self._by_slug

    def has_sku(self, sku: str) -> bool:
        return sku in self._by_sku

    def entry_with_sku(self, sku: str) -> CatalogEntry:
        """Find the product that has this SKU, or raise ``NotFound``."""
        if sku not in self._by_sku:
            raise NotFound(NO_SUCH_PRODUCT)
        return self._by_sku[sku]


@dataclass(frozen=True)
class Availability:
    """The units for sale of every SKU, as they were at ``read_at``, and what was derived from them.

    ``listings`` has the product lists that were shown since, by their catalog, filters and order,
    and ``fragments`` their HTML. A copy begins without them.
    """

    units: Mapping[str, int]
    read_at: datetime
    listings: BoundedCache[Any] = field(
        init=False, default_factory=lambda: BoundedCache(MAX_KEPT), compare=False, repr=False
    )
    fragments: BoundedCache[str] = field(
        init=False, default_factory=fragment_cache, compare=False, repr=False
    )


_cached: list[Catalog] = []
# When products that the catalog lacks were looked up (`missing_products.py`).
lookups: deque[datetime] = deque(maxlen=MAX_LOOKUPS)
_availability: list[Availability] = []


def cached_catalog(now: datetime) -> Catalog:
    """The published products; up to 30 seconds old.

    Decisions about prices and stock read the stock items instead.
    """
    if not _cached or not timedelta() <= now - _cached[0].read_at < CACHE_TTL:
        _cached[:] = [read_published_catalog(now)]
    return _cached[0]


def forget_catalog() -> None:
    """Have the catalog read again at its next use."""
    _cached.clear()


def cached_availability(now: datetime) -> Availability:
    """What product lists filter and count by; up to 30 seconds old.

    What a page shows of a product is read from its stock.
    """
    if not _availability or not timedelta() <= now - _availability[0].read_at < CACHE_TTL:
        _availability[:] = [Availability(scan_availability(), now)]
    return _availability[0]


def clear_cache() -> None:
    """Read the catalog again next time, so that merchants see their own edits at once."""
    _cached.clear()
    _availability.clear()
    lookups.clear()


def move_in_cache(positions: Mapping[str, int]) -> None:
    """Sort the cached catalog by these new positions, without reading it again."""
    for catalog in _cached:
        for entry in catalog.entries:
            entry.product.position = positions.get(entry.product.slug, entry.product.position)
        entries = sorted(catalog.entries, key=lambda entry: _place(entry.product))
        _cached[:] = [replace(catalog, entries=tuple(entries))]
    _availability[:] = [replace(it) for it in _availability]


def read_published_catalog(now: datetime) -> Catalog:
    """What customers may see: published products, and images that have content."""
    items = list(CatalogItem.query(CATALOG_ID))
    images = [i for i in items if isinstance(i, ProductImage) and i.version]
    products = [i for i in items if isinstance(i, Product) and i.published]
    return _catalog(products, images, now)


def read_full_catalog(now: datetime) -> Catalog:
    """What merchants see, read consistently: drafts too, and images in every state."""
    items = list(CatalogItem.query(CATALOG_ID, consistent_read=True))
    images = [i for i in items if isinstance(i, ProductImage)]
    products = [i for i in items if isinstance(i, Product)]
    return _catalog(products, images, now)


def read_products(now: datetime) -> Catalog:
    """Like ``read_full_catalog`` without the images, which are most of the rows."""
    is_product = Product.item_id.startswith(product_key(""))
    return _catalog(list(Product.query(CATALOG_ID, is_product, consistent_read=True)), [], now)


def read_entry(slug: str) -> CatalogEntry:
    """What merchants see of one product, by its key and consistently. Raises ``NotFound``."""
    product = read_product(slug)
    images = ProductImage.query(
        CATALOG_ID, ProductImage.item_id.startswith(image_key(slug, "")), consistent_read=True
    )
    return with_images([product], images)[0]


def read_product(slug: str) -> Product:
    """One product by its key, consistently and without its images. Raises ``NotFound``."""
    if len(slug.encode()) > MAX_SLUG:  # longer than a key may be
        raise NotFound(NO_SUCH_PRODUCT)
    try:
        return Product.get(CATALOG_ID, product_key(slug), consistent_read=True)
    except DoesNotExist:
        raise NotFound(NO_SUCH_PRODUCT) from None


def read_entry_with_sku(sku: str, now: datetime) -> CatalogEntry:
    """Like ``read_entry``. The cache knows the product of a SKU, but not that of a draft."""
    try:
        slug = cached_catalog(now).entry_with_sku(sku).product.slug
    except NotFound:
        return read_full_catalog(now).entry_with_sku(sku)
    return read_entry(slug)


def with_images(
    products: Iterable[Product], images: Iterable[ProductImage]
) -> tuple[CatalogEntry, ...]:
    """Each product with its images, grouped once."""
    by_slug = defaultdict(list)
    for image in images:
        by_slug[image.slug].append(image)
    return tuple(CatalogEntry(it, _in_order(it, by_slug.get(it.slug, []))) for it in products)


def _catalog(products: list[Product], images: list[ProductImage], now: datetime) -> Catalog:
    entries = with_images(sorted(products, key=_place), images)
    return Catalog(
        entries=entries,
        home_images=tuple(image for image in images if image.slug == HOME_SLUG),
        read_at=now,
        _by_sku={v.sku: entry for entry in entries for v in entry.product.variants},
    )


def _place(product: Product) -> tuple[int, str]:
    return product.position, product.slug


def _in_order(product: Product, images: list[ProductImage]) -> tuple[ProductImage, ...]:
    """In the order that merchants chose; new images come last, oldest first."""
    order = {image_id: index for index, image_id in enumerate(product.image_order)}
    return tuple(
        sorted(images, key=lambda it: (order.get(it.image_id, len(order)), it.requested_at))
    )
