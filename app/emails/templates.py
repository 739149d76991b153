"""Writing a letter: subject, text and HTML from the folder that bears the event's name."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.i18n.locales import ENGLISH, Language
from app.money import vat_included

TEMPLATES_FOLDER = Path(__file__).parents[2] / "frontend" / "emails"


@dataclass(frozen=True)
class Email:
    """A letter ready to be sent."""

    subject: str
    text: str
    html: str


def render_email(kind: str, language: Language = ENGLISH, **facts: Any) -> Email:
    """Fill the folder's three templates; a name in one that nobody gave is an error."""
    subject, text, html = (
        _templates(language).get_template(f"{kind}/{part}").render(facts)
        for part in ("subject.txt", "body.txt", "body.html")
    )
    return Email(" ".join(subject.split()), text, html)


@cache
def _templates(language: Language) -> Environment:
    """HTML is escaped, plain text is not; an unknown name is an error, never an empty spot."""
    environment = Environment(
        extensions=["jinja2.ext.i18n"],
        loader=FileSystemLoader(TEMPLATES_FOLDER),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = language.catalog
    environment.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(
        money=language.format_money, day=language.format_day, translate=language.translate
    )
    environment.globals.update(language=language, vat_included=vat_included)
    return environment
