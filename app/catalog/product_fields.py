"""What a product may say and cost, read from what somebody typed, in a form or in a file."""

import re
from collections.abc import Mapping
from functools import partial

from app.catalog.models import Product
from app.catalog.products import Description
from app.errors import WrongFields
from app.form_fields import Reader, Typed, line, number, or_none, try_fields
from app.money import plain, read_price

MOST_DETAILS, LONGEST_DETAIL = 12, 120
MOST_TAGS = 8
TAG = re.compile(r"[a-z0-9](?:[a-z0-9 -]{0,28}[a-z0-9])?")
LISTED = {"yes": True, "no": False}


def _details(typed: str) -> tuple[str, ...]:
    lines = tuple(" ".join(line.split()) for line in typed.splitlines() if line.strip())
    if len(lines) > MOST_DETAILS:
        raise ValueError(f"At most {MOST_DETAILS} lines, please.")
    if any(len(line) > LONGEST_DETAIL or not line.isprintable() for line in lines):
        raise ValueError(f"Plain lines of at most {LONGEST_DETAIL} characters, please.")
    return lines


def _tags(typed: str) -> tuple[str, ...]:
    words = (" ".join(word.lower().split()) for word in typed.split(","))
    tags = tuple(dict.fromkeys(word for word in words if word))
    if len(tags) > MOST_TAGS:
        raise ValueError(f"At most {MOST_TAGS} tags, please.")
    if not all(TAG.fullmatch(tag) for tag in tags):
        raise ValueError("Small words with commas between them, like: new, for the table.")
    return tags


def _price(typed: str) -> int:
    return read_price(typed.strip())


def _listed(typed: str) -> bool:
    if typed.strip().lower() not in LISTED:
        raise ValueError("Please choose yes or no.")
    return LISTED[typed.strip().lower()]


DESCRIBED: Mapping[str, Reader] = {
    "title": line,
    "category": line,
    "blurb": partial(line, longest=300),
    "details": _details,
    "price": _price,
    "compare_at": or_none(_price),
    "weight_g": or_none(partial(number, least=1, most=100_000)),
    "tags": _tags,
    "listed": _listed,
}


def read_description(typed: Typed) -> Description:
    """Raises ``WrongFields`` with everything that is wrong, at once."""
    read, wrong = try_fields(DESCRIBED, typed)
    if (before := read.get("compare_at")) is not None and before <= read.get("price", 0):
        wrong["compare_at"] = "The earlier price must be higher than today's."
    if wrong:
        raise WrongFields(wrong)
    return Description(**read)


def as_typed(product: Product) -> Typed:
    """A product as somebody would type it."""
    return {
        "title": product.title,
        "category": product.category,
        "blurb": product.blurb,
        "details": "\n".join(product.details),
        "price": plain(product.price),
        "compare_at": plain(product.compare_at) if product.compare_at else "",
        "weight_g": str(product.weight_g or ""),
        "tags": ", ".join(product.tags),
        "listed": "yes" if product.listed else "no",
        "version": str(product.version),
    }
