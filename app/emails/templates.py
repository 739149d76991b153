"""Writing a letter: subject, text and HTML from the folder that bears the event's name."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.i18n.locales import ENGLISH, Language
from app.money import vat_included

FOLDER = Path(__file__).parents[2] / "frontend" / "emails"


@dataclass(frozen=True)
class Letter:
    """A letter ready to be sent."""

    subject: str
    text: str
    html: str


def write_letter(kind: str, language: Language = ENGLISH, **facts: Any) -> Letter:
    """Fill the folder's three templates; a name in one that nobody gave is an error."""
    subject, text, html = (
        _templates(language).get_template(f"{kind}/{part}").render(facts)
        for part in ("subject.txt", "body.txt", "body.html")
    )
    return Letter(" ".join(subject.split()), text, html)


@cache
def _templates(language: Language) -> Environment:
    """HTML is escaped, plain text is not; an unknown name is an error, never an empty spot."""
    environment = Environment(
        extensions=["jinja2.ext.i18n"],
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = language.words
    environment.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(
        money=language.money, day=language.day, said=language.say, opening=_opening
    )
    environment.globals.update(language=language, vat_included=vat_included)
    return environment


def _opening(words: str) -> str:
    """As they stand at the beginning of a sentence; what is inside keeps its capitals."""
    return words[:1].upper() + words[1:]
