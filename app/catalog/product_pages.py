"""Pages of the admin's product list: each reads the products that it shows, and not the catalog."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from pynamodb.expressions.condition import Condition

from app.catalog.catalog_cache import Catalog, CatalogEntry, cached_catalog, with_images
from app.catalog.models import CATALOG_ID, Product, ProductImage, image_key, product_key
from app.catalog.product_fields import normalize_sku, normalize_slug
from app.catalog.search import search
from app.errors import NotFound
from app.inventory.models import Stock
from app.inventory.reservations import read_stock

PAGE_SIZE = 25
MAX_EXAMINED = 100  # products that a page reads, of which a filter may leave out most
MAX_SKUS = 40  # whose stock a page shows
MAX_CHECKED_SKUS = 40  # whose stock a page reads to find products with low stock
VARIANTS_SHOWN = 4  # of each product; its own page has all

type StockBySku = dict[str, Stock]


@dataclass(frozen=True)
class ProductPage:
    """Some products by their slugs. ``cursor`` is empty at the end; otherwise more may follow."""

    entries: tuple[CatalogEntry, ...]
    stock: StockBySku
    cursor: str = ""


@dataclass(frozen=True)
class ProductFilter:
    """What a list shows. ``needs_stock`` if the stock decides, and not only the product.

    ``examined`` is the number of products that a page reads. DynamoDB returns only those that meet
    the ``condition``.
    """

    matches: Callable[[CatalogEntry, StockBySku], bool]
    needs_stock: bool = False
    examined: int = MAX_EXAMINED
    condition: Condition | None = None

    @property
    def max_skus(self) -> int:
        return MAX_CHECKED_SKUS if self.needs_stock else MAX_SKUS

    def skus_of(self, entry: CatalogEntry) -> list[str]:
        skus = [variant.sku for variant in entry.product.variants]
        return skus if self.needs_stock else skus[:VARIANTS_SHOWN]


def list_products(chosen: ProductFilter, after: str = "") -> ProductPage:
    """The page that follows the product with this slug; it takes three reads.

    Keyset pagination: products that are added meanwhile neither repeat nor hide others.
    """
    products, last = _products(chosen, after)
    entries = with_images(products, _images_of(products))
    found: list[CatalogEntry] = []
    skus: list[str] = []
    place = len(entries)
    for index, entry in enumerate(entries):
        if not chosen.needs_stock and not chosen.matches(entry, {}):
            continue
        added = chosen.skus_of(entry)
        if len(found) == PAGE_SIZE or (found and len(skus) + len(added) > chosen.max_skus):
            place = index
            break
        found.append(entry)
        skus += added
    stock = read_stock(skus) if skus else {}
    return ProductPage(
        tuple(entry for entry in found if chosen.matches(entry, stock)),
        stock,
        last if place == len(entries) else entries[place - 1].product.slug,
    )


def find_products(text: str, now: datetime) -> ProductPage:
    """The best matches: published ones by their words or SKU, all by the beginning of their slug.

    The words are searched in the catalog that the shop's own pages have cached.
    """
    catalog = cached_catalog(now)
    entries = (*_with_sku(catalog, text), *search(catalog, text).entries[:PAGE_SIZE])
    found = {entry.product.slug: entry for entry in entries}
    products = _products_with_prefix("-".join(normalize_slug(text).split()))
    found |= {entry.product.slug: entry for entry in with_images(products, _images_of(products))}
    shown = tuple(found.values())[:PAGE_SIZE]
    skus = [v.sku for entry in shown for v in entry.product.variants[:VARIANTS_SHOWN]]
    return ProductPage(shown, read_stock(skus[:MAX_SKUS]))


def _with_sku(catalog: Catalog, text: str) -> tuple[CatalogEntry, ...]:
    try:
        return (catalog.entry_with_sku(normalize_sku(text)),)
    except NotFound:
        return ()


def _products(chosen: ProductFilter, after: str) -> tuple[list[Product], str]:
    """The products of one read, and the slug of the last one examined, or "" at the end."""
    key = {"catalog_id": {"S": CATALOG_ID}, "item_id": {"S": product_key(after)}}
    pages = Product.query(
        CATALOG_ID,
        Product.item_id.startswith(product_key("")),
        chosen.condition,
        last_evaluated_key=key if after else None,
        page_size=chosen.examined,
    ).page_iter
    products = [Product.from_raw_data(item) for item in next(pages)["Items"]]
    last = pages.last_evaluated_key
    return products, last["item_id"]["S"].removeprefix(product_key("")) if last else ""


def _products_with_prefix(slug: str) -> list[Product]:
    prefix = Product.item_id.startswith(product_key(slug))
    return list(Product.query(CATALOG_ID, prefix, limit=PAGE_SIZE))


def _images_of(products: list[Product]) -> Iterable[ProductImage]:
    """One read: the keys of images begin with the slug, in the same order as those of products."""
    if not products:
        return ()
    first, last = image_key(products[0].slug, ""), image_key(products[-1].slug, "~")
    return ProductImage.query(CATALOG_ID, ProductImage.item_id.between(first, last))
