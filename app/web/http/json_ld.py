"""Structured data (JSON-LD) for search engines: products and breadcrumbs of https://schema.org.

Google's requirements:
https://developers.google.com/search/docs/appearance/structured-data/merchant-listing
"""

from collections.abc import Iterable, Mapping
from typing import Any

from app.catalog.catalog_cache import CatalogEntry
from app.catalog.models import Variant
from app.i18n.currency import CURRENCY, format_plain
from app.i18n.locales import Language
from app.orders.return_policy import RETURN_WINDOW
from app.settings import settings
from app.shipping.rates import EUROPEAN_UNION, GERMANY, ShippingZone
from app.vat import HOME_COUNTRY, STANDARD_RATES
from app.web.http.page_meta import SHOP_NAME, Breadcrumb, absolute_url

type Node = dict[str, Any]

CONTEXT = "https://schema.org"
IMAGE_WIDTH = 960  # pixels
MAX_HANDLING_DAYS = 1
ZONES = {
    GERMANY: [HOME_COUNTRY],
    EUROPEAN_UNION: [code for code in STANDARD_RATES if code != HOME_COUNTRY],
}


def product_json_ld(entry: CatalogEntry, available: Mapping[str, int], language: Language) -> Node:
    """The product with one offer for each variant; ``available`` is its stock by SKU.

    The first offer describes shipping and returns, and the others refer to it by ``@id``.
    """
    product, address = entry.product, absolute_url(f"/products/{entry.product.slug}", language)
    policies = _policies(product.price_of(product.variants[0]), language)
    references = {
        "shippingDetails": [_reference(it) for it in policies["shippingDetails"]],
        "hasMerchantReturnPolicy": _reference(policies["hasMerchantReturnPolicy"]),
    }
    offers = [_offer(entry, it, available.get(it.sku, 0), address) for it in product.variants]
    return {
        "@context": CONTEXT,
        "@type": "Product",
        "name": product.title,
        "description": product.blurb,
        "category": entry.terms.get(product.category, product.category),
        "material": [entry.terms.get(name, name) for name in product.materials],
        "brand": {"@type": "Brand", "name": SHOP_NAME},
        "url": address,
        "image": [f"{settings().base_url}{image.url(IMAGE_WIDTH)}" for image in entry.images],
        "offers": [
            offer | (references if number else policies) for number, offer in enumerate(offers)
        ],
    }


def breadcrumb_json_ld(breadcrumbs: Iterable[Breadcrumb], language: Language) -> Node:
    return {
        "@context": CONTEXT,
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": position,
                "name": it.name,
                "item": absolute_url(it.path, language),
            }
            for position, it in enumerate(breadcrumbs, 1)
        ],
    }


def _offer(entry: CatalogEntry, variant: Variant, available: int, address: str) -> Node:
    regular_price = entry.product.compare_at_of(variant)
    return {
        "@type": "Offer",
        "sku": variant.sku,
        **({"gtin": variant.barcode} if variant.barcode else {}),
        **({"priceSpecification": _regular_price(regular_price)} if regular_price else {}),
        "url": f"{address}?sku={variant.sku}",
        "price": format_plain(entry.product.price_of(variant)),
        "priceCurrency": CURRENCY,
        "itemCondition": f"{CONTEXT}/NewCondition",
        "availability": f"{CONTEXT}/{'InStock' if available else 'OutOfStock'}",
    }


def _regular_price(cents: int) -> Node:
    """https://developers.google.com/search/docs/appearance/structured-data/merchant-listing"""
    return {
        "@type": "UnitPriceSpecification",
        "priceType": f"{CONTEXT}/StrikethroughPrice",
        "price": format_plain(cents),
        "priceCurrency": CURRENCY,
    }


def _policies(price: int, language: Language) -> Node:
    """Shipping of one unit at this price in cents, and returns, within the European Union."""
    return {
        "shippingDetails": [_shipping(zone, codes, price) for zone, codes in ZONES.items()],
        "hasMerchantReturnPolicy": {
            "@type": "MerchantReturnPolicy",
            "@id": "#returns",
            "applicableCountry": [code for codes in ZONES.values() for code in codes],
            "returnPolicyCategory": f"{CONTEXT}/MerchantReturnFiniteReturnWindow",
            "merchantReturnDays": RETURN_WINDOW.days,
            "returnMethod": f"{CONTEXT}/ReturnByMail",
            "returnFees": f"{CONTEXT}/ReturnFeesCustomerResponsibility",
            "merchantReturnLink": absolute_url("/returns", language),
        },
    }


def _shipping(zone: ShippingZone, country_codes: list[str], price: int) -> Node:
    fewest, most = zone.days
    return {
        "@type": "OfferShippingDetails",
        "@id": f"#shipping-{zone.name.lower().replace(' ', '-')}",
        "shippingRate": {
            "@type": "MonetaryAmount",
            "value": format_plain(zone.cost(price)),
            "currency": CURRENCY,
        },
        "shippingDestination": {"@type": "DefinedRegion", "addressCountry": country_codes},
        "deliveryTime": {
            "@type": "ShippingDeliveryTime",
            "handlingTime": _days(0, MAX_HANDLING_DAYS),
            "transitTime": _days(fewest, most),
        },
    }


def _days(fewest: int, most: int) -> Node:
    return {
        "@type": "QuantitativeValue",
        "minValue": fewest,
        "maxValue": most,
        "unitCode": "DAY",
    }


def _reference(node: Node) -> Node:
    return {"@id": node["@id"]}
