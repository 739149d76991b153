"""Pagination of product lists: numbered pages of twelve products, and cursors for the API."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.catalog.catalog_cache import CatalogEntry

PAGE_SIZE = 12
MAX_CURSOR_LENGTH = 120
CURSOR = re.compile(r"(-?[0-9]{1,10}):([a-z0-9-]{1,60})")


@dataclass(frozen=True)
class Page:
    """One page of the matching products, or several: those from page ``first`` on.

    A page number beyond the last gives the last page.
    """

    matches: tuple[CatalogEntry, ...]
    requested: int
    first: int = 0  # 0 for a single page

    @property
    def page_count(self) -> int:
        return max(-(-len(self.matches) // PAGE_SIZE), 1)

    @property
    def number(self) -> int:
        return min(self.requested, self.page_count)

    @property
    def start(self) -> int:
        return min(self.first or self.number, self.number)

    @property
    def entries(self) -> tuple[CatalogEntry, ...]:
        return self.matches[(self.start - 1) * PAGE_SIZE : self.number * PAGE_SIZE]

    @property
    def linked_numbers(self) -> tuple[int, ...]:
        """The first, the last and the neighbouring pages, with 0 for the pages left out between.

        As Django's ``Paginator.get_elided_page_range``: a page has few links, however many products
        there are.
        """
        near = {1, self.number - 1, self.number, self.number + 1, self.page_count}
        numbers = sorted(it for it in near if 1 <= it <= self.page_count)
        linked = numbers[:1]
        for before, number in pairwise(numbers):
            between = range(before + 1, number)
            linked += [0] if len(between) > 1 else between
            linked.append(number)
        return tuple(linked)

    @property
    def next_count(self) -> int:
        """How many products the next page has."""
        return max(min(len(self.matches) - self.number * PAGE_SIZE, PAGE_SIZE), 0)


@dataclass(frozen=True)
class CursorPage:
    """Some products in the shop's order, and the cursor of the next ones, or "" at the end."""

    entries: Sequence[CatalogEntry]
    next_cursor: str


def page_after(entries: Sequence[CatalogEntry], cursor: str, limit: int) -> CursorPage:
    """The ``limit`` products that follow the cursor's; "" starts at the beginning.

    Keyset pagination: the cursor names the place of the last product and not a number of products,
    so a product that is added or removed meanwhile neither repeats nor hides another one.
    https://use-the-index-luke.com/no-offset

    Raises ``ValueError`` if the cursor is not one of ours.
    """
    if cursor:
        place = _read_cursor(cursor)
        entries = [entry for entry in entries if _place(entry) > place]
    page = entries[:limit]
    return CursorPage(page, _cursor(_place(page[-1])) if len(entries) > limit else "")


def _place(entry: CatalogEntry) -> tuple[int, str]:
    """The sort key of the catalog."""
    return entry.product.position, entry.product.slug


def _cursor(place: tuple[int, str]) -> str:
    """Opaque to clients, so that a later version may name the place in another way."""
    return urlsafe_b64encode("{}:{}".format(*place).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[int, str]:
    if len(cursor) > MAX_CURSOR_LENGTH or not cursor.isascii():
        raise ValueError("not a cursor")
    decoded = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    found = CURSOR.fullmatch(decoded)
    if found is None:
        raise ValueError("not a cursor")
    place = int(found[1]), found[2]
    if _cursor(place) != cursor:
        raise ValueError("not a cursor")
    return place
