"""Drawing pages: one address, one template, two answers: the page, or the parts htmx asked for."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2_fragments import render_block

from app import clock
from app.cart.visitor import Visitor
from app.catalog.catalog_cache import cached_catalog
from app.catalog.translated_catalog import translate_catalog
from app.i18n.locales import ENGLISH, LANGUAGES, Language
from app.i18n.messages import lazy_gettext
from app.money import vat_included
from app.orders.addresses import countries
from app.settings import settings
from app.shipping.rates import FREE_FROM, SHIPPING
from app.web.http.debug_panel import debug_panel, current_url
from app.web.http.flash import pop_flash_message
from app.web.http.locale import language_for, is_translated
from app.web.http.theme import chosen_theme

FRONTEND = Path(__file__).parents[3] / "frontend"
# Two answers for htmx, and each in the language that was chosen or asked for.
VARY = "HX-Request, HX-Request-Type, Accept-Language, Cookie"
TAG_LABELS = {"new": lazy_gettext("New"), "bestseller": lazy_gettext("Bestseller"), "sale": lazy_gettext("Sale")}
LAYOUT = "layout.html"
BADGE = f"{LAYOUT}:badge"  # the cart's count in the masthead, for the parts of any page


def render_page(
    request: Request, template: str, *, parts: Sequence[str] = (), status: int = 200, **facts: Any
) -> HTMLResponse:
    """Draw a template; with ``parts``, only those blocks when htmx asks for a part of a page.

    A part of another template is written ``layout.html:badge``. Each block's root carries the id
    that is swapped.
    """
    language = language_for(request)
    drawing = environment(language)
    known = {**_about(request), "debug_panel": debug_panel(request, template), **facts}
    if parts and wants_fragment(request):
        drawn = "\n".join(_draw_part(drawing, template, part, known) for part in parts)
    else:
        drawn = drawing.get_template(template).render(known, flash_message=pop_flash_message(request))
    return HTMLResponse(drawn, status, {"Vary": VARY, "Content-Language": language.code})


def wants_fragment(request: Request) -> bool:
    return request.headers.get("HX-Request-Type") == "partial"


def _draw_part(drawing: Environment, template: str, part: str, facts: dict[str, Any]) -> str:
    other, _, block = part.rpartition(":")
    return render_block(drawing, other or template, block, facts)


def _about(request: Request) -> dict[str, Any]:
    visitor: Visitor = getattr(request.state, "visitor", Visitor())
    return {
        "request": request,
        "path": request.url.path,
        "current_url": current_url(request),
        "visitor": visitor,
        "cart_count": visitor.cart.count,
        "theme": chosen_theme(request),
        "locales": tuple(LANGUAGES.values()) if is_translated(request) else (),
        "base_url": settings().base_url,
        "now": clock.now(),
    }


def show_visitor(request: Request, visitor: Visitor) -> None:
    """Draw the masthead for this visitor: its cart has just changed."""
    request.state.visitor = visitor


@cache
def environment(language: Language = ENGLISH) -> Environment:
    """The environment of all pages in one language, so that macros need not be told which.

    Everything is escaped, translations in templates excepted; an unknown name is an error.
    """
    made = Environment(
        extensions=["jinja2.ext.i18n"],
        loader=FileSystemLoader(FRONTEND / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(language.catalog.gettext, language.catalog.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(money=language.format_money, number=language.format_number, day=language.format_day)
    made.filters.update(
        translate=language.translate, named=partial(_named, language), time=_time, exact=_exact, moment=_moment
    )
    made.globals.update(
        language=language,
        static=static,
        categories=_categories,
        tag_words=_tag_words,
        countries=partial(countries, language),
        vat_included=vat_included,
        free_from=FREE_FROM,
        shipping=SHIPPING,
    )
    return made


def static(path: str) -> str:
    """The address of a file in ``frontend/static``; it changes with any file there."""
    return f"/static/{_static_version()}/{path}"


@cache
def _static_version() -> str:
    written = FRONTEND / "static_version.txt"
    return written.read_text().strip() if written.exists() else "dev"


def _categories() -> tuple[str, ...]:
    return cached_catalog(clock.now()).categories


def _named(language: Language, english: str) -> str:
    """What a category or a colour is called here; addresses know it by its English name."""
    words = translate_catalog(cached_catalog(clock.now()), language.code).terms
    return words.get(english, english)


def _tag_words(tag: str) -> str:
    """Ours can be translated; what else a merchant writes on a tag stands as it is."""
    return TAG_LABELS.get(tag, tag.capitalize())


def _time(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}"


def _exact(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"


def _moment(moment: datetime) -> str:
    """For the ``datetime`` attribute; `local_time.js` rewrites it in the reader's own zone."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
