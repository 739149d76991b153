"""Drawing pages: one address, one template, two answers: the page, or the parts htmx asked for."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2_fragments import render_block

from app import clock
from app.cart.visiting import Visit
from app.catalog.browsing import catalogue
from app.money import formatted, vat_included
from app.settings import settings
from app.shipping.rates import FREE_FROM, SHIPPING
from app.web.addresses import countries
from app.web.behind import behind, here
from app.web.telling import told

FRONTEND = Path(__file__).parents[2] / "frontend"
TWO_ANSWERS = {"Vary": "HX-Request, HX-Request-Type"}
LOOKS = ("light", "dark")
LAYOUT = "layout.html"
BADGE = f"{LAYOUT}:badge"  # the cart's count in the masthead, for the parts of any page


def page(
    request: Request, template: str, *, parts: Sequence[str] = (), status: int = 200, **facts: Any
) -> HTMLResponse:
    """Draw a template; with ``parts``, only those blocks when htmx asks for a part of a page.

    A part of another template is written ``layout.html:badge``. Each block's root carries the id
    that is swapped.
    """
    known = {**_about(request), "behind": behind(request, template), **facts}
    if parts and wants_part(request):
        drawn = "\n".join(_draw_part(template, part, known) for part in parts)
    else:
        drawn = environment().get_template(template).render(known, told=told(request))
    return HTMLResponse(drawn, status, headers=TWO_ANSWERS)


def wants_part(request: Request) -> bool:
    return request.headers.get("HX-Request-Type") == "partial"


def _draw_part(template: str, part: str, facts: dict[str, Any]) -> str:
    other, _, block = part.rpartition(":")
    return render_block(environment(), other or template, block, facts)


def _about(request: Request) -> dict[str, Any]:
    visit: Visit = getattr(request.state, "visit", Visit())
    return {
        "request": request,
        "path": request.url.path,
        "here": here(request),
        "visit": visit,
        "cart_count": visit.cart.count,
        "look": chosen_look(request),
        "base_url": settings().base_url,
        "now": clock.now(),
    }


def chosen_look(request: Request) -> str:
    """Day or evening, when the visitor has chosen; else the device decides."""
    look = request.cookies.get("look", "")
    return look if look in LOOKS else ""


def show_visit(request: Request, visit: Visit) -> None:
    """Draw the masthead for this visit: its cart has just changed."""
    request.state.visit = visit


@cache
def environment() -> Environment:
    """The one environment of all pages: everything is escaped, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(FRONTEND / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(money=formatted, day=_day, time=_time, exact=_exact, moment=_moment)
    made.globals.update(
        static=static,
        categories=_categories,
        countries=countries,
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
    return catalogue(clock.now()).categories


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _time(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}"


def _exact(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"


def _moment(moment: datetime) -> str:
    """For the ``datetime`` attribute; `local_time.js` rewrites it in the reader's own zone."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
