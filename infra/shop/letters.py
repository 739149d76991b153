"""`shop letters`: every letter on one page, by day, in the dark and as text."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from infra.bundle import ROOT
from infra.local.sample_letters import kinds, sample_letter
from infra.shop.terminal import out

TEMPLATES = Path(__file__).parent / "templates"


def letters() -> None:
    """Write all letters, with sample orders, to build/letters.html, and say where that is."""
    page = write_preview(ROOT / "build" / "letters.html")
    out.print(f"Open [link={page.as_uri()}]{page.relative_to(ROOT)}[/link] in a browser.")


def write_preview(page: Path) -> Path:
    """Each letter stands in two frames; a frame's own colour scheme is the reader's, inside."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    written = {kind: sample_letter(kind, reason=_reason(kind)) for kind in kinds()}
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(environment.get_template("letters.html").render(letters=written), "utf-8")
    return page


def _reason(kind: str) -> str:
    return "cancelled by the customer" if kind == "order_cancelled" else "card_declined"
