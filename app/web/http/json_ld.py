"""A piece described for search engines, in the words of https://schema.org/Product."""

from collections.abc import Mapping
from typing import Any

from app.catalog.catalog_cache import CatalogEntry
from app.catalog.models import Variant
from app.money import CURRENCY, format_plain
from app.settings import settings

LARGE = 960


def product_json_ld(piece: CatalogEntry, left: Mapping[str, int]) -> dict[str, Any]:
    product, base = piece.product, settings().base_url
    return {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.title,
        "description": product.blurb,
        "category": piece.terms.get(product.category, product.category),
        "brand": {"@type": "Brand", "name": "Hearth & Clay"},
        "url": f"{base}/products/{product.slug}",
        "image": [f"{base}{picture.url(LARGE)}" for picture in piece.images],
        "offers": [
            _offer(piece, variant, left.get(variant.sku, 0)) for variant in product.variants
        ],
    }


def _offer(piece: CatalogEntry, variant: Variant, left: int) -> dict[str, Any]:
    product = piece.product
    return {
        "@type": "Offer",
        "sku": variant.sku,
        "url": f"{settings().base_url}/products/{product.slug}?sku={variant.sku}",
        "price": format_plain(int(product.price)),
        "priceCurrency": CURRENCY,
        "itemCondition": "https://schema.org/NewCondition",
        "availability": f"https://schema.org/{'InStock' if left else 'OutOfStock'}",
    }
