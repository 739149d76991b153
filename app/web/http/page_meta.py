"""Addresses and colours that the head of a page, the sitemap and the manifest share."""

from dataclasses import dataclass
from urllib.parse import quote

from app.catalog.catalog_cache import CatalogEntry
from app.i18n.locales import ENGLISH, Language
from app.i18n.messages import lazy_gettext
from app.settings import settings

SHOP_NAME = "Hearth & Clay"
BACKGROUNDS = {"light": "#faf7f3", "dark": "#17130f"}  # `--paper` of tokens.css in sRGB
ALL_PRODUCTS = lazy_gettext("All products")


@dataclass(frozen=True)
class Breadcrumb:
    """A page above the current one, or the current one; ``path`` has no language prefix."""

    name: str
    path: str


def absolute_url(path: str, language: Language = ENGLISH) -> str:
    """The address of a page of the storefront in this language."""
    return f"{settings().base_url}{language.prefix}{path}"


def category_path(category: str) -> str:
    """The path of a category, by its English name."""
    return f"/products?category={quote(category, safe='')}"


def category_breadcrumbs(category: str, name: str, language: Language) -> tuple[Breadcrumb, ...]:
    """All products and the category, whose translated name is ``name``."""
    everything = Breadcrumb(language.translate(ALL_PRODUCTS), "/products")
    return (everything, Breadcrumb(name, category_path(category)))


def product_breadcrumbs(entry: CatalogEntry, language: Language) -> tuple[Breadcrumb, ...]:
    product = entry.product
    name = entry.terms.get(product.category, product.category)
    above = category_breadcrumbs(product.category, name, language)
    return (*above, Breadcrumb(product.title, f"/products/{product.slug}"))
