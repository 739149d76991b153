"""What a product says and costs, as a form: its fields when it is new, and when it is edited."""

import re
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from app.catalog.editing import Description
from app.catalog.models import Product
from app.money import plain, read_price
from app.web.forms import Form, Line, LongLine, Typed, WholeNumber

MOST_DETAILS, LONGEST_DETAIL = 12, 120
MOST_TAGS = 8
TAG = re.compile(r"[a-z0-9](?:[a-z0-9 -]{0,28}[a-z0-9])?")


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


def _stripped[T](read: Callable[[str], T]) -> Callable[[str], T]:
    return lambda typed: read(typed.strip())


def or_none[T](read: Callable[[str], T]) -> Callable[[str], T | None]:
    """A field that may be left empty."""
    return lambda typed: read(typed.strip()) if typed.strip() else None


class DescriptionForm(Form):
    title: Line
    category: Line
    blurb: LongLine
    details: Annotated[tuple[str, ...], BeforeValidator(_details)] = ()
    price: Annotated[int, BeforeValidator(_stripped(read_price))]
    compare_at: Annotated[int | None, BeforeValidator(or_none(read_price))] = None
    weight_g: Annotated[
        Annotated[WholeNumber, Field(ge=1, le=100_000)] | None, BeforeValidator(or_none(str))
    ] = None
    tags: Annotated[tuple[str, ...], BeforeValidator(_tags)] = ()
    listed: Literal["yes", "no"] = "no"

    @field_validator("compare_at")
    @classmethod
    def _higher(cls, before: int | None, others: ValidationInfo) -> int | None:
        if before is not None and before <= others.data.get("price", 0):
            raise ValueError("The earlier price must be higher than today's.")
        return before

    def as_description(self) -> Description:
        said = {name: getattr(self, name) for name in Description.__dataclass_fields__}
        return Description(**{**said, "listed": self.listed == "yes"})


def as_typed(product: Product) -> Typed:
    """The form of a product as it is."""
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
