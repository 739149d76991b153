"""Email templates: subject, text and HTML, in one folder of `frontend/emails` per event type."""

from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, select_autoescape

from app.compiled_templates import template_loader
from app.i18n.locales import ENGLISH, Language
from app.shipping.address_format import format_address
from app.tax_notes import tax_note

TEMPLATES_FOLDER = Path(__file__).parents[2] / "frontend" / "emails"


@dataclass(frozen=True)
class Email:
    """A rendered email."""

    subject: str
    text: str
    html: str


def render_email(kind: str, language: Language = ENGLISH, **context: Any) -> Email:
    """Render the three templates of an event type. An undefined variable raises an error."""
    subject, text, html = (
        environment(language).get_template(f"{kind}/{part}").render(context)
        for part in ("subject.txt", "body.txt", "body.html")
    )
    return Email(" ".join(subject.split()), text, html)


@cache
def environment(language: Language = ENGLISH) -> Environment:
    """The Jinja environment of one language. HTML is escaped, plain text is not."""
    jinja = Environment(
        extensions=["jinja2.ext.i18n"],
        loader=template_loader(TEMPLATES_FOLDER, "all"),  # in all languages, the code is the same
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    catalog = language.catalog
    jinja.install_gettext_callables(catalog.gettext, catalog.ngettext, newstyle=True)  # type: ignore[attr-defined]
    jinja.filters.update(
        money=language.format_money,
        day=language.format_day,
        time=language.format_time,
        translate=language.translate,
        address_lines=partial(format_address, language=language),
    )
    jinja.globals.update(language=language, tax_note=tax_note)
    return jinja
