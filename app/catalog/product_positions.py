"""Positions of products in the order of the shop, and the cursors of pages in that order."""

import re
from typing import NamedTuple

from app.catalog.models import Product

CURSOR = re.compile(r"([0-9]{1,7}):(-?[0-9]{1,12}):([a-z0-9-]{1,100})")


class Position(NamedTuple):
    """Where a product stands; the slug decides between two with the same number."""

    number: int
    slug: str


class Cursor(NamedTuple):
    """The product beside a page: its place, of which 1 is the first, and its position."""

    place: int
    position: Position

    def __str__(self) -> str:
        return f"{self.place}:{self.position.number}:{self.position.slug}"


def position_of(product: Product) -> Position:
    return Position(int(product.position), product.slug)


def read_cursor(text: str) -> Cursor:
    """Raises ``ValueError`` if the text is not a cursor."""
    found = CURSOR.fullmatch(text)
    if found is None:
        raise ValueError("not a cursor")
    return Cursor(int(found[1]), Position(int(found[2]), found[3]))
