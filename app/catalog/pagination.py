"""Pagination of product lists: twelve products a page."""

from dataclasses import dataclass

from app.catalog.catalog_cache import CatalogEntry

PAGE_SIZE = 12


@dataclass(frozen=True)
class Page:
    """One page of the matching products. A page number beyond the last gives the last page."""

    matches: tuple[CatalogEntry, ...]
    requested: int

    @property
    def page_count(self) -> int:
        return max(-(-len(self.matches) // PAGE_SIZE), 1)

    @property
    def number(self) -> int:
        return min(self.requested, self.page_count)

    @property
    def entries(self) -> tuple[CatalogEntry, ...]:
        return self.matches[(self.number - 1) * PAGE_SIZE : self.number * PAGE_SIZE]

    @property
    def next_count(self) -> int:
        """How many products the next page has."""
        return max(min(len(self.matches) - self.number * PAGE_SIZE, PAGE_SIZE), 0)
