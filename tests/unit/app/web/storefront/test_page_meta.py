"""What search engines and link previews read: canonical, hreflang, Open Graph and JSON-LD."""

import json
import re
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from app.catalog.models import Product
from app.settings import settings
from tests.builders import a_product, a_ready_image, sku_of
from tests.unit.app.web.pages import page_text

# Required properties, and their types, as in Google's and schema.org's documents.
# https://developers.google.com/search/docs/appearance/structured-data/merchant-listing
SHAPES: dict[str, dict[str, type | tuple[type, ...]]] = {
    "Product": {"name": str, "image": list, "description": str, "offers": list, "brand": dict},
    "Offer": {
        "price": str,
        "priceCurrency": str,
        "availability": str,
        "itemCondition": str,
        "url": str,
        "shippingDetails": list,
        "hasMerchantReturnPolicy": dict,
    },
    "OfferShippingDetails": {
        "shippingRate": dict,
        "shippingDestination": dict,
        "deliveryTime": dict,
    },
    "MonetaryAmount": {"value": str, "currency": str},
    "DefinedRegion": {"addressCountry": list},
    "ShippingDeliveryTime": {"handlingTime": dict, "transitTime": dict},
    "QuantitativeValue": {"minValue": int, "maxValue": int, "unitCode": str},
    "MerchantReturnPolicy": {
        "applicableCountry": list,
        "returnPolicyCategory": str,
        "merchantReturnDays": int,
        "returnMethod": str,
        "returnFees": str,
        "merchantReturnLink": str,
    },
    "BreadcrumbList": {"itemListElement": list},
    "ListItem": {"position": int, "name": str, "item": str},
    "Brand": {"name": str},
}


def tags(page: Response) -> dict[str, str]:
    """The content of each meta tag, by its name or property."""
    found = re.findall(r'<meta (?:property|name)="([^"]*)" content="([^"]*)">', page.text)
    return {name: unescape(content) for name, content in found}


def alternates(page: Response) -> dict[str, str]:
    found = re.findall(r'<link rel="alternate" hreflang="([^"]*)" href="([^"]*)">', page.text)
    return {language: unescape(address) for language, address in found}


def canonical(page: Response) -> str:
    (address,) = re.findall(r'<link rel="canonical" href="([^"]*)">', page.text)
    return unescape(address)


def json_ld(page: Response) -> list[dict[str, Any]]:
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page.text, re.S)
    nodes: list[dict[str, Any]] = json.loads(block)
    return nodes


def check_shape(node: object) -> None:
    """Each typed node has its required properties; a reference has only an ``@id``."""
    if isinstance(node, list):
        for it in node:
            check_shape(it)
    if not isinstance(node, dict) or set(node) == {"@id"}:
        return
    for name, kind in SHAPES[node["@type"]].items():
        assert isinstance(node.get(name), kind), f"{node['@type']}.{name}"
    for value in node.values():
        check_shape(value)


@pytest.mark.parametrize(
    "path", ["/", "/products", "/products?category=Tableware", "/shipping", "product"]
)
@pytest.mark.parametrize(("prefix", "language"), [("", "en"), ("/de", "de")])
def test_page_names_its_address_in_each_language(
    browser: TestClient, path: str, prefix: str, language: str
) -> None:
    product = a_product()
    path = f"/products/{product.slug}" if path == "product" else path
    base = settings().base_url

    page = browser.get(f"{prefix}{path}")

    assert canonical(page) == f"{base}{prefix}{path}"
    assert alternates(page) == {
        "en": f"{base}{path}",
        "de": f"{base}/de{path}",
        "x-default": f"{base}{path}",
    }
    assert tags(page)["og:url"] == canonical(page)
    assert tags(page)["og:locale"] == {"en": "en_GB", "de": "de_DE"}[language]


def test_variant_filters_and_pages_are_no_canonical_addresses(browser: TestClient) -> None:
    product = a_product(variants=2)
    base = settings().base_url

    page = browser.get(f"/products/{product.slug}?sku={sku_of(product)}")
    assert canonical(page) == f"{base}/products/{product.slug}"
    assert canonical(browser.get("/products?sort=newest&in_stock=yes")) == f"{base}/products"


def test_search_results_and_personal_pages_are_not_indexed(browser: TestClient) -> None:
    a_product(title="Bowl")

    for path in ("/search?q=bowl", "/search?q=nothing"):
        assert tags(browser.get(path))["robots"] == "noindex", path
    for path in ("/search?q=bowl", "/search?q=nothing", "/cart", "/sign-in"):
        page = browser.get(path)
        assert 'rel="canonical"' not in page.text
        assert alternates(page) == {}


def test_link_preview_has_a_jpeg_with_its_size(browser: TestClient) -> None:
    product = a_product(title='Pot "Ada"')
    image = a_ready_image(product.slug, "pot", version="v1")

    preview = tags(browser.get(f"/products/{product.slug}"))

    assert preview["og:type"] == "product"
    assert preview["og:title"] == 'Pot "Ada"'
    assert preview["og:description"] == "It pours well."
    assert preview["og:image"] == f"{settings().base_url}/media/{image.image_id}/v1/preview.jpg"
    assert (preview["og:image:width"], preview["og:image:height"]) == ("960", "1200")
    assert preview["og:image:alt"] == "A pot"
    assert preview["twitter:card"] == "summary_large_image"


def test_page_without_an_image_has_a_small_preview(browser: TestClient) -> None:
    preview = tags(browser.get(f"/products/{a_product().slug}"))

    assert preview["twitter:card"] == "summary"
    assert "og:image" not in preview


def test_browser_bar_has_the_colour_of_the_page_in_light_and_dark(browser: TestClient) -> None:
    def colours(page: Response) -> list[tuple[str, str]]:
        return re.findall(
            r'<meta name="theme-color"(?: media="([^"]*)")? content="(#\w{6})">', page.text
        )

    light, dark = colours(browser.get("/cart"))
    assert "light" in light[0]
    assert "dark" in dark[0]
    browser.cookies.set("theme", "dark")
    assert colours(browser.get("/cart")) == [("", dark[1])]


def test_every_page_links_its_icons_and_manifest(browser: TestClient) -> None:
    for path in ("/", "/cart", "/nowhere"):
        text = browser.get(path).text
        assert '<link rel="manifest" href="/manifest.webmanifest">' in text
        assert 'rel="apple-touch-icon"' in text
        assert 'rel="icon"' in text


@pytest.mark.parametrize("prefix", ["", "/de"])
def test_json_ld_of_a_product_is_complete(browser: TestClient, prefix: str) -> None:
    product = a_product(variants=2, price=2_450)
    a_ready_image(product.slug, "pot", version="v1")

    item, breadcrumbs = json_ld(browser.get(f"{prefix}/products/{product.slug}"))

    check_shape([item, breadcrumbs])
    base = f"{settings().base_url}{prefix}"
    assert item["@context"] == breadcrumbs["@context"] == "https://schema.org"
    assert item["url"] == f"{base}/products/{product.slug}"
    first, second = item["offers"]
    german, european = first["shippingDetails"]
    assert german["shippingRate"]["value"] == "5.90"
    assert german["shippingDestination"]["addressCountry"] == ["DE"]
    assert "FR" in european["shippingDestination"]["addressCountry"]
    assert first["hasMerchantReturnPolicy"]["merchantReturnLink"] == f"{base}/returns"
    assert second["shippingDetails"] == [{"@id": it["@id"]} for it in first["shippingDetails"]]
    assert [it["item"] for it in breadcrumbs["itemListElement"]] == [
        f"{base}/products",
        f"{base}/products?category=Tableware",
        f"{base}/products/{product.slug}",
    ]


def test_shipping_of_an_expensive_product_is_free_in_json_ld(browser: TestClient) -> None:
    item, _ = json_ld(browser.get(f"/products/{a_product(price=25_000).slug}"))

    rates = [it["shippingRate"]["value"] for it in item["offers"][0]["shippingDetails"]]
    assert rates == ["0.00", "0.00"]


def test_return_policy_is_that_of_the_returns_page(browser: TestClient) -> None:
    item, _ = json_ld(browser.get(f"/products/{a_product().slug}"))

    days = item["offers"][0]["hasMerchantReturnPolicy"]["merchantReturnDays"]
    assert f"for {days} days after we shipped them" in page_text(browser.get("/returns"))


def test_category_has_breadcrumbs_on_the_page_and_in_json_ld(browser: TestClient) -> None:
    a_product()

    page = browser.get("/de/products?category=Tableware")

    (breadcrumbs,) = json_ld(page)
    check_shape(breadcrumbs)
    assert [it["position"] for it in breadcrumbs["itemListElement"]] == [1, 2]
    assert '<nav class="breadcrumbs eyebrow"' in page.text
    assert (
        'aria-current="page"'
        in page.text.split('<nav class="breadcrumbs eyebrow"')[1].split("</nav>")[0]
    )


def test_markup_in_a_title_stays_text_in_breadcrumbs_and_json_ld(browser: TestClient) -> None:
    product: Product = a_product(title="</script><b>Pot")

    page = browser.get(f"/products/{product.slug}")

    assert json_ld(page)[1]["itemListElement"][2]["name"] == "</script><b>Pot"
    assert "</script><b>Pot" not in page.text
