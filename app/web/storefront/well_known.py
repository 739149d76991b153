"""Files that browsers and search engines read at fixed addresses, such as ``/robots.txt``.

They are the same for everybody, so CloudFront caches them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse

from app.catalog.catalog_cache import Catalog, cached_catalog
from app.i18n.locales import LANGUAGES
from app.settings import settings
from app.web.http.page_meta import BACKGROUNDS, SHOP_NAME, absolute_url, category_path
from app.web.http.request_time import Now
from app.web.http.templating import environment, static_url
from app.web.security.authorization import PUBLIC, routes_of
from app.web.storefront import information

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])
CACHED_FOR_A_DAY = {"Cache-Control": "public, max-age=86400"}
CACHED_FOR_AN_HOUR = {"Cache-Control": "public, max-age=3600"}
# Pages of one visitor, and search results: every combination of words would be a page.
NOT_CRAWLED = ("/cart", "/checkout", "/orders", "/account", "/sign-in", "/search", "/find-order")
NOT_CRAWLED_ENGLISH = ("/admin", "/api/")
SECURITY_TXT_LIFETIME = timedelta(days=180)  # RFC 9116 recommends less than a year
ICON_SIZES = (192, 512)  # pixels
IMAGE_WIDTH = 960


@dataclass(frozen=True)
class SitemapEntry:
    """A page at its address without a language prefix; ``images`` are paths."""

    path: str
    images: tuple[str, ...] = ()


@router.get("/robots.txt")
def show_robots() -> Response:
    """https://www.rfc-editor.org/rfc/rfc9309"""
    prefixed = [f"{it.prefix}{path}" for it in LANGUAGES.values() for path in NOT_CRAWLED]
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in (*NOT_CRAWLED_ENGLISH, *prefixed)),
        f"Sitemap: {settings().base_url}/sitemap.xml",
    ]
    return PlainTextResponse("\n".join(lines) + "\n", headers=CACHED_FOR_A_DAY)


@router.get("/sitemap.xml")
def show_sitemap(now: Now) -> Response:
    """All pages of the catalog in all languages: https://www.sitemaps.org/protocol.html."""
    template = environment().get_template("sitemap.xml")
    body = template.render(
        entries=_sitemap_entries(cached_catalog(now)),
        languages=tuple(LANGUAGES.values()),
        absolute_url=absolute_url,
        base_url=settings().base_url,
    )
    return Response(body, headers=CACHED_FOR_AN_HOUR, media_type="application/xml; charset=utf-8")


@router.get("/manifest.webmanifest")
def show_manifest() -> Response:
    """https://www.w3.org/TR/appmanifest/"""
    manifest: dict[str, Any] = {
        "name": SHOP_NAME,
        "id": "/",
        "start_url": "/",
        "display": "minimal-ui",
        "background_color": BACKGROUNDS["light"],
        "theme_color": BACKGROUNDS["light"],
        "icons": [
            {
                "src": static_url(f"icons/icon-{size}.png"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": purpose,
            }
            for size in ICON_SIZES
            for purpose in ("any", "maskable")
        ],
    }
    return JSONResponse(manifest, headers=CACHED_FOR_A_DAY, media_type="application/manifest+json")


@router.get("/favicon.ico")
def redirect_to_favicon() -> Response:
    """For clients that read no HTML, such as feed readers."""
    return RedirectResponse(static_url("icons/favicon.ico"), 302, CACHED_FOR_A_DAY)


@router.get("/apple-touch-icon.png")
def redirect_to_touch_icon() -> Response:
    return RedirectResponse(static_url("icons/touch-icon.png"), 302, CACHED_FOR_A_DAY)


@router.get("/.well-known/security.txt")
def show_security_contact(now: Now) -> Response:
    """Where to report a vulnerability: https://www.rfc-editor.org/rfc/rfc9116."""
    expires = (now + SECURITY_TXT_LIFETIME).isoformat(timespec="seconds")
    lines = [
        f"Contact: mailto:{settings().mail_from}",
        f"Expires: {expires}",
        f"Preferred-Languages: {', '.join(LANGUAGES)}",
        f"Canonical: {settings().base_url}/.well-known/security.txt",
    ]
    return PlainTextResponse("\n".join(lines) + "\n", headers=CACHED_FOR_A_DAY)


def _sitemap_entries(catalog: Catalog) -> Iterator[SitemapEntry]:
    yield SitemapEntry("/")
    yield SitemapEntry("/products")
    for name in catalog.categories:
        yield SitemapEntry(category_path(name))
    for entry in catalog.entries:
        images = tuple(image.url(IMAGE_WIDTH) for image in entry.images)
        yield SitemapEntry(f"/products/{entry.product.slug}", images)
    for route in routes_of(information.router):
        yield SitemapEntry(route.path)
