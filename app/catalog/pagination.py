"""Twelve pieces at a time."""

from dataclasses import dataclass

from app.catalog.catalog_cache import Piece

PER_PAGE = 12


@dataclass(frozen=True)
class Shown:
    """One page of what was found; a page beyond the last is the last."""

    found: tuple[Piece, ...]
    asked_for: int

    @property
    def pages(self) -> int:
        return max(-(-len(self.found) // PER_PAGE), 1)

    @property
    def page(self) -> int:
        return min(self.asked_for, self.pages)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return self.found[(self.page - 1) * PER_PAGE : self.page * PER_PAGE]

    @property
    def more(self) -> int:
        """How many the next page adds."""
        return max(min(len(self.found) - self.page * PER_PAGE, PER_PAGE), 0)
