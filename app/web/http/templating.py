"""Renders Jinja templates: a full page, or only the blocks that htmx requests."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, StrictUndefined
from jinja2_fragments import render_block

from app import clock
from app.cart.visitor import Visitor
from app.catalog.catalog_cache import CatalogEntry, cached_catalog
from app.catalog.thumbnail_sizes import THUMBNAIL_WIDTHS
from app.catalog.translations import translate_catalog
from app.compiled_templates import template_loader
from app.customers.email_addresses import display_email_address
from app.i18n.locales import ENGLISH, LANGUAGES, Language
from app.i18n.messages import lazy_gettext
from app.orders.address_fields import countries
from app.settings import settings
from app.shipping.address_format import format_address
from app.shipping.rates import GERMANY
from app.shop_time import shop_time
from app.tax_notes import tax_note
from app.web.http.constant_calls import LocalizedEnvironment
from app.web.http.debug_panel import current_url, debug_panel, is_shared_page
from app.web.http.flash import pop_flash_message
from app.web.http.language_prefix import localize, localize_links
from app.web.http.locale import is_translated, language_for
from app.web.http.page_meta import BACKGROUNDS, absolute_url, category_path
from app.web.http.theme import chosen_theme

FRONTEND = Path(__file__).parents[3] / "frontend"
# The response depends on htmx's headers, the language and the cookies.
VARY = "HX-Request, HX-Request-Type, Accept-Language, Cookie"
TAG_LABELS = {
    "new": lazy_gettext("New"),
    "bestseller": lazy_gettext("Bestseller"),
    "sale": lazy_gettext("Sale"),
}
CARD_OPTIONS = {"level": "h2", "eager": False, "sold_out": False, "sku": "", "focus": False}
LAYOUT = "layout.html"
BADGE = f"{LAYOUT}:badge"  # the number of items beside the cart link
NOTICE, ACCOUNT_LINK, ACCOUNT_NAV = (
    f"{LAYOUT}:{it}" for it in ("notice", "account_link", "account_nav")
)


def render_page(
    request: Request, template: str, *, blocks: Sequence[str] = (), status: int = 200, **values: Any
) -> HTMLResponse:
    """Render a template with these values.

    If htmx requests a fragment, only ``blocks`` are rendered; the root element of each carries the
    id that htmx swaps. A block of another template is written ``layout.html:badge``.
    """
    language = language_for(request)
    jinja = environment(language)
    context = {**_page_context(request), "debug_panel": debug_panel(request, template), **values}
    if blocks and wants_fragment(request):
        html = "\n".join(_render_block(jinja, template, block, context) for block in blocks)
    else:
        message = pop_flash_message(request)
        html = jinja.get_template(template).render(context, flash_message=message)
    return _html_response(request, html, status)


def render_blocks(request: Request, blocks: Sequence[str], **values: Any) -> HTMLResponse:
    """Render these blocks, whether or not htmx requests a fragment."""
    jinja = environment(language_for(request))
    context = {**_page_context(request), **values}
    html = "\n".join(_render_block(jinja, LAYOUT, block, context) for block in blocks)
    return _html_response(request, html)


def render_fragment(request: Request, template: str, **values: Any) -> str:
    """The HTML of a template that sees these values and nothing of the request or its visitor.

    So it is the same for the same values, and can be kept in a ``BoundedCache``. Fragment caching:
    https://guides.rubyonrails.org/caching_with_rails.html#fragment-caching
    """
    return environment(language_for(request)).get_template(template).make_module(values).__html__()


def _html_response(request: Request, html: str, status: int = 200) -> HTMLResponse:
    headers = {"Vary": VARY, "Content-Language": language_for(request).code}
    return HTMLResponse(localize_links(request, html), status, headers)


def wants_fragment(request: Request) -> bool:
    return request.headers.get("HX-Request-Type") == "partial"


def _render_block(jinja: Environment, template: str, block: str, context: dict[str, Any]) -> str:
    other, _, name = block.rpartition(":")
    return render_block(jinja, other or template, name, context)


def _page_context(request: Request) -> dict[str, Any]:
    """The values that every template can use."""
    visitor: Visitor = getattr(request.state, "visitor", Visitor())
    return {
        "request": request,
        "path": request.url.path,
        "current_url": current_url(request),
        "visitor": visitor,
        "cart_count": visitor.cart.count,
        "theme": chosen_theme(request),
        "visitor_parts": localize(request, "/visitor") if is_shared_page(request) else "",
        "locales": tuple(LANGUAGES.values()) if is_translated(request) else (),
        "base_url": settings().base_url,
        "now": clock.now(),
    }


def show_visitor(request: Request, visitor: Visitor) -> None:
    """Render this visitor's cart in the page header, after the request has changed it."""
    request.state.visitor = visitor


@cache
def environment(language: Language = ENGLISH) -> LocalizedEnvironment:
    """The Jinja environment of one language, with its translations, filters and globals.

    Everything is escaped except the translations in templates. An undefined name is an error.
    """
    jinja = LocalizedEnvironment(
        extensions=["jinja2.ext.i18n"],
        loader=template_loader(FRONTEND / "templates", language.code),
        auto_reload=False,  # no file changes while a function runs
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.policies["ext.i18n.trimmed"] = True
    catalog = language.catalog
    jinja.translate, jinja.constant_functions = catalog.gettext, {"static": static_url}
    jinja.install_gettext_callables(  # type: ignore[attr-defined]
        catalog.gettext, catalog.ngettext, newstyle=True, pgettext=catalog.pgettext
    )
    jinja.filters.update(
        money=language.format_money, number=language.format_number, day=language.format_day
    )
    jinja.filters.update(
        translate=language.translate,
        address_lines=partial(format_address, language=language),
        email_address=display_email_address,
        named=partial(_named, language),
        time=language.format_time,
        clock=_clock,
        exact=_exact,
        moment=_moment,
    )
    jinja.globals.update(_globals(language), card=partial(_card, jinja))
    return jinja


def _globals(language: Language) -> dict[str, Any]:
    """The names that every template can use, apart from those of the request."""
    return {
        "language": language,
        "static": static_url,
        "absolute_url": absolute_url,
        "backgrounds": BACKGROUNDS,
        "category_path": category_path,
        "languages": tuple(LANGUAGES.values()),
        "categories": _categories,
        "tag_label": _tag_label,
        "countries": partial(countries, language),
        "thumbnail_widths": THUMBNAIL_WIDTHS,
        "home_shipping": GERMANY,
        "tax_note": tax_note,
    }


def _card(jinja: Environment, entry: CatalogEntry, **options: Any) -> str:
    """The product's card in a list, rendered once for each time that the catalog is read."""
    chosen = CARD_OPTIONS | options
    key = (jinja.globals["language"], *chosen.values())
    if key not in entry.cards:
        template = jinja.get_template("catalog/card.html")
        entry.cards[key] = template.make_module({"entry": entry, **chosen}).__html__()
    return entry.cards[key]


def static_url(path: str) -> str:
    """The URL of a file in ``frontend/static``. It changes with every deploy of changed files."""
    return f"/static/{_static_version()}/{path}"


@cache
def _static_version() -> str:
    file = FRONTEND / "static_version.txt"  # written by the build
    return file.read_text().strip() if file.exists() else "dev"


def _categories() -> tuple[str, ...]:
    return cached_catalog(clock.now()).categories


def _named(language: Language, english: str) -> str:
    """The translated name of a category or colour; URLs use the English one."""
    words = translate_catalog(cached_catalog(clock.now()), language.code).terms
    return words.get(english, english)


def _tag_label(tag: str) -> str:
    """The label of a known tag, to be translated; a merchant's own tag has a capital letter."""
    return TAG_LABELS.get(tag, tag[:1].upper() + tag[1:])


def _clock(moment: datetime) -> str:
    """Hours and minutes in the shop's time zone, for beside a date."""
    return f"{shop_time(moment):%H:%M}"


def _exact(moment: datetime) -> str:
    """Milliseconds, in UTC like the logs of the functions."""
    return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"


def _moment(moment: datetime) -> str:
    """For the ``datetime`` attribute, in UTC: "2031-06-12T12:05:00Z"."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
