"""`shop emails`: a preview of all emails, in light and dark theme and as text."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from infra.build.bundles import ROOT
from infra.cli.terminal import out
from infra.local.sample_emails import email_kinds, sample_email

TEMPLATES = Path(__file__).parent / "templates"
DARK_THEME_QUERY = "@media (prefers-color-scheme: dark)"


def emails() -> None:
    """Write a preview of all emails to build/emails.html."""
    page = write_preview(ROOT / "build" / "emails.html")
    out.print(f"Open [link={page.as_uri()}]{page.relative_to(ROOT)}[/link] in a browser.")


def write_preview(page: Path) -> Path:
    """Show each email in two frames: one in the light theme, one in the dark."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    environment.filters.update(
        light_theme=lambda html: html.replace(DARK_THEME_QUERY, "@media not all"),
        dark_theme=lambda html: html.replace(DARK_THEME_QUERY, "@media all"),
    )
    rendered = {kind: sample_email(kind, reason=_reason(kind)) for kind in email_kinds()}
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(environment.get_template("emails.html").render(emails=rendered), "utf-8")
    return page


def _reason(kind: str) -> str:
    return "customer_request" if kind == "order_cancelled" else "card_declined"
