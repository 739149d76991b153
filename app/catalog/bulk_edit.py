"""One change for several products at once; each is changed, or was overtaken, by itself."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from app.catalog.models import Product
from app.catalog.products import ChangedMeanwhile, Description, Edit, edit_product

type Act = Literal["shelve", "draft", "price", "sale", "regular"]
LOWEST = 1  # cent


@dataclass(frozen=True)
class Change:
    """What is done to each. ``amount`` is cents of a new price, or per cent off for a sale."""

    act: Act
    amount: int = 0

    def of(self, product: Product, *, seen: int) -> Edit:
        return Edit(product, self._wanted(Description.of(product)), seen)

    def _wanted(self, now: Description) -> Description:
        if self.act in ("shelve", "draft"):
            return replace(now, listed=self.act == "shelve")
        if self.act == "regular":
            return replace(now, price=now.compare_at or now.price, compare_at=None)
        if self.act == "sale":
            before = now.compare_at or now.price
            return replace(now, price=_less(before, self.amount), compare_at=before)
        kept = now.compare_at if now.compare_at and now.compare_at > self.amount else None
        return replace(now, price=self.amount, compare_at=kept)


def _less(cents: int, percent: int) -> int:
    """Rounded half up to a cent, and never nothing."""
    return max(LOWEST, (cents * (100 - percent) * 2 + 100) // 200)


def change_each(edits: Iterable[Edit], *, by: str, now: datetime) -> list[Product]:
    """Returns those that somebody else was faster with; the others are changed, each once."""
    overtaken = []
    for edit in edits:
        try:
            edit_product(edit.product, edit.wanted, seen=edit.seen, by=by, now=now)
        except ChangedMeanwhile:
            overtaken.append(edit.product)
    return overtaken
