"""Writing a letter: subject, text and HTML from the folder that bears the event's name."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.money import formatted, vat_included

FOLDER = Path(__file__).parents[2] / "frontend" / "mail"


@dataclass(frozen=True)
class Letter:
    """A letter ready to be sent."""

    subject: str
    text: str
    html: str


def write_letter(kind: str, **facts: Any) -> Letter:
    """Fill the folder's three templates; a name in one that nobody gave is an error."""
    subject, text, html = (
        _templates().get_template(f"{kind}/{part}").render(facts)
        for part in ("subject.txt", "body.txt", "body.html")
    )
    return Letter(" ".join(subject.split()), text, html)


@cache
def _templates() -> Environment:
    """HTML is escaped, plain text is not; an unknown name is an error, never an empty spot."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["money"] = formatted
    environment.filters["day"] = _day
    environment.globals["vat_included"] = vat_included
    return environment


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
