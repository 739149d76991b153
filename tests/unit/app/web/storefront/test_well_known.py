"""Files at fixed addresses: robots.txt, sitemap.xml, manifest, icons and security.txt."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from app.catalog.catalog_cache import clear_cache
from app.catalog.models import Product
from app.settings import settings
from app.web.http.templating import FRONTEND
from tests.builders import a_product, a_ready_image
from tests.crash_injection import recorded_calls

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
IMAGES = "{http://www.google.com/schemas/sitemap-image/1.1}"
FILES = {
    "/robots.txt": "text/plain; charset=utf-8",
    "/sitemap.xml": "application/xml; charset=utf-8",
    "/manifest.webmanifest": "application/manifest+json",
    "/.well-known/security.txt": "text/plain; charset=utf-8",
}


def sitemap(browser: TestClient) -> dict[str, ElementTree.Element]:
    root = ElementTree.fromstring(browser.get("/sitemap.xml").text)
    assert root.tag == f"{SITEMAP}urlset"
    entries = [(url.findtext(f"{SITEMAP}loc") or "", url) for url in root]
    assert len(dict(entries)) == len(entries), "no address is listed twice"
    return dict(entries)


@pytest.mark.parametrize(("path", "content_type"), FILES.items())
def test_file_is_public_cached_for_a_while_and_sets_no_cookie(
    browser: TestClient, path: str, content_type: str
) -> None:
    response = browser.get(path)

    assert response.status_code == 200
    assert response.headers["content-type"] == content_type
    assert "public, max-age=" in response.headers["cache-control"]
    assert "set-cookie" not in response.headers
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/favicon.ico", "/apple-touch-icon.png"])
def test_icon_address_leads_to_the_static_file(browser: TestClient, path: str) -> None:
    response = browser.get(path)

    assert response.status_code == 302
    assert "public" in response.headers["cache-control"]
    _, _, _, name = response.headers["location"].split("/", 3)
    assert (FRONTEND / "static" / name).is_file()


def test_crawlers_may_read_the_catalog_and_no_personal_page(browser: TestClient) -> None:
    robots = RobotFileParser()
    robots.parse(browser.get("/robots.txt").text.splitlines())

    for prefix in ("", "/de"):
        for path in ("/", "/products", "/products/tarn-vase", "/products?category=Vases"):
            assert robots.can_fetch("Googlebot", f"{prefix}{path}"), path
        for path in ("/cart", "/checkout", "/orders/01J", "/account", "/sign-in", "/search?q=a"):
            assert not robots.can_fetch("Googlebot", f"{prefix}{path}"), path
    for path in ("/admin", "/api/products"):
        assert not robots.can_fetch("Googlebot", path)
    assert robots.site_maps() == [f"{settings().base_url}/sitemap.xml"]


def test_sitemap_lists_every_page_in_both_languages_with_its_alternates(
    browser: TestClient,
) -> None:
    product = a_product()
    product.update(actions=[Product.category.set("Bowls & Plates")])
    clear_cache()
    base = settings().base_url

    listed = sitemap(browser)

    for path in ("/", "/products", "/products?category=Bowls%20%26%20Plates", "/shipping"):
        assert {f"{base}{path}", f"{base}/de{path}"} <= set(listed), path
    entry = listed[f"{base}/de/products/{product.slug}"]
    alternates = {it.get("hreflang"): it.get("href") for it in entry.iter(f"{XHTML}link")}
    page = f"/products/{product.slug}"
    assert alternates == {
        "en": f"{base}{page}",
        "de": f"{base}/de{page}",
        "x-default": f"{base}{page}",
    }


def test_sitemap_lists_images_and_no_drafts(browser: TestClient) -> None:
    product, draft = a_product(), a_product()
    draft.update(actions=[Product.published.set(False)])
    image = a_ready_image(product.slug, "pot", version="v1")

    listed = sitemap(browser)

    entry = listed[f"{settings().base_url}/products/{product.slug}"]
    images = [it.text for it in entry.iter(f"{IMAGES}loc")]
    assert images == [f"{settings().base_url}{image.url(960)}"]
    assert not any(draft.slug in address for address in listed)


def test_every_address_of_the_sitemap_is_a_page_with_that_canonical(browser: TestClient) -> None:
    a_product()

    for address in sitemap(browser):
        parts = urlsplit(address)
        page = browser.get(f"{parts.path}?{parts.query}".rstrip("?"))
        assert page.status_code == 200, address
        canonical = address.replace("&", "&amp;")
        assert f'<link rel="canonical" href="{canonical}">' in page.text


def test_sitemap_takes_one_database_call_at_most(browser: TestClient) -> None:
    a_product()

    with recorded_calls() as calls:
        browser.get("/sitemap.xml")

    assert len(calls) <= 1


def test_manifest_names_the_shop_and_icons_of_their_size(browser: TestClient) -> None:
    manifest = json.loads(browser.get("/manifest.webmanifest").text)

    assert manifest["name"] == "Hearth & Clay"
    assert manifest["start_url"] == "/"
    for icon in manifest["icons"]:
        name = icon["src"].split("/", 3)[3]
        width, height = (int(side) for side in icon["sizes"].split("x"))
        assert Image.open(FRONTEND / "static" / name).size == (width, height)


def test_security_txt_has_the_required_fields_and_expires_within_a_year(
    browser: TestClient,
) -> None:
    """https://www.rfc-editor.org/rfc/rfc9116"""
    lines = browser.get("/.well-known/security.txt").text.splitlines()
    fields = dict(line.split(": ", 1) for line in lines)

    assert fields["Contact"].startswith("mailto:")
    expires = datetime.fromisoformat(fields["Expires"])
    assert timedelta() < expires - datetime.now(UTC) < timedelta(days=365)
    assert fields["Canonical"] == f"{settings().base_url}/.well-known/security.txt"
