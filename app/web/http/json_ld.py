"""Structured data (JSON-LD) about a product, for search engines: https://schema.org/Product."""

from collections.abc import Mapping
from typing import Any

from app.catalog.catalog_cache import CatalogEntry
from app.catalog.models import Variant
from app.i18n.currency import CURRENCY, format_plain
from app.settings import settings

IMAGE_WIDTH = 960  # pixels


def product_json_ld(entry: CatalogEntry, available: Mapping[str, int]) -> dict[str, Any]:
    """The product with one offer for each variant; ``available`` is its stock by SKU."""
    product, base = entry.product, settings().base_url
    return {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.title,
        "description": product.blurb,
        "category": entry.terms.get(product.category, product.category),
        "brand": {"@type": "Brand", "name": "Hearth & Clay"},
        "url": f"{base}/products/{product.slug}",
        "image": [f"{base}{image.url(IMAGE_WIDTH)}" for image in entry.images],
        "offers": [
            _offer(entry, variant, available.get(variant.sku, 0)) for variant in product.variants
        ],
    }


def _offer(entry: CatalogEntry, variant: Variant, available: int) -> dict[str, Any]:
    product = entry.product
    return {
        "@type": "Offer",
        "sku": variant.sku,
        "url": f"{settings().base_url}/products/{product.slug}?sku={variant.sku}",
        "price": format_plain(int(product.price)),
        "priceCurrency": CURRENCY,
        "itemCondition": "https://schema.org/NewCondition",
        "availability": f"https://schema.org/{'InStock' if available else 'OutOfStock'}",
    }
