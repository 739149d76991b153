"""The product's cells of our own export, made from the values of another program's row."""

from itertools import groupby

from app.catalog.imports.html_text import shortened, text_of_html
from app.catalog.imports.source_rows import SourceRow
from app.catalog.product_fields import (
    MAX_DESCRIPTION_LENGTH,
    MAX_DETAIL_LENGTH,
    MAX_DETAILS,
    MAX_TAGS,
    slugify,
)

BULLET = "- "


def product_cells(row: SourceRow) -> dict[str, str]:
    """The fields of the product that the row has, without empty ones."""
    lines = [line for text in row.values.get("description", ()) for line in text_of_html(text)]
    short = text_of_html(row.get("blurb"))
    plain = [line for line in lines if not line.startswith(BULLET)]
    bullets = [line.removeprefix(BULLET) for line in lines if line.startswith(BULLET)]
    cells = {
        "title": " ".join(text_of_html(row.get("title"))),
        "category": _category(row.get("category")),
        "blurb": shortened(" ".join(short or plain or bullets), 300),
        "details": row.get("details") or _details(bullets),
        "long_description": _long_description(lines),
        "tags": ", ".join(_tags(row)),
        "materials": ", ".join(row.values.get("materials", ())),
    }
    return {name: cell for name, cell in cells.items() if cell}


def _long_description(lines: list[str]) -> str:
    """Markdown with a paragraph for each line; the lines of a list stay together."""
    paragraphs = [
        ("\n" if is_bullet else "\n\n").join(group)
        for is_bullet, group in groupby(lines, lambda it: it.startswith(BULLET))
    ]
    text = "\n\n".join(paragraphs)
    return text[:MAX_DESCRIPTION_LENGTH].rstrip()


def _category(text: str) -> str:
    """The last name of the first path: "Hoodies" of "Clothing > Hoodies, Sale"."""
    return text.split(",", maxsplit=1)[0].rsplit(">", maxsplit=1)[-1].strip()


def _details(bullets: list[str]) -> str:
    return "\n".join(shortened(line, MAX_DETAIL_LENGTH) for line in bullets[:MAX_DETAILS])


def _tags(row: SourceRow) -> list[str]:
    """As our tags are written, up to the number that a product may have."""
    words = (word for cell in row.values.get("tags", ()) for word in cell.split(","))
    tags = (slugify(word)[:30].replace("-", " ").strip() for word in words)
    return list(dict.fromkeys(it for it in tags if it))[:MAX_TAGS]
