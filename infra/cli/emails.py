"""`shop letters`: every letter on one page, by day, in the dark and as text."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from infra.build.bundles import ROOT
from infra.cli.terminal import out
from infra.local.sample_emails import email_kinds, sample_email

TEMPLATES = Path(__file__).parent / "templates"
ASKED = "@media (prefers-color-scheme: dark)"


def emails() -> None:
    """Write all letters, with sample orders, to build/letters.html, and say where that is."""
    page = write_preview(ROOT / "build" / "emails.html")
    out.print(f"Open [link={page.as_uri()}]{page.relative_to(ROOT)}[/link] in a browser.")


def write_preview(page: Path) -> Path:
    """Each letter stands in two frames; what it asks of the reader's device is answered for it."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    environment.filters.update(
        by_day=lambda html: html.replace(ASKED, "@media not all"),
        in_the_dark=lambda html: html.replace(ASKED, "@media all"),
    )
    written = {kind: sample_email(kind, reason=_reason(kind)) for kind in email_kinds()}
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(environment.get_template("emails.html").render(letters=written), "utf-8")
    return page


def _reason(kind: str) -> str:
    return "customer_request" if kind == "order_cancelled" else "card_declined"
