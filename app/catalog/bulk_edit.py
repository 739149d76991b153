"""Bulk edit: one action for several products, each updated in a transaction of its own."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from msgspec.structs import replace as struct_replace

from app.catalog.models import Product, Variant
from app.catalog.product_fields import ProductFields
from app.catalog.products import EditConflict, ProductEdit, update_product

type BulkAction = Literal["publish", "unpublish", "set_price", "start_sale", "end_sale"]
MIN_PRICE = 1  # cents


@dataclass(frozen=True)
class BulkChange:
    """The action. ``amount`` is a price in cents for ``set_price``, per cent for ``start_sale``."""

    action: BulkAction
    amount: int = 0

    def edit_of(self, product: Product, *, expected_version: int) -> ProductEdit:
        fields = self._apply(ProductFields.from_product(product))
        return ProductEdit(product, fields, expected_version)

    def _apply(self, fields: ProductFields) -> ProductFields:
        if self.action in ("publish", "unpublish"):
            return replace(fields, published=self.action == "publish")
        price, compare_at = self._prices(fields.price, fields.compare_at)
        variants = tuple(self._variant(it) for it in fields.variants)
        return replace(fields, price=price, compare_at=compare_at, variants=variants)

    def _variant(self, variant: Variant) -> Variant:
        """A set price is that of every variant; a sale reduces each from its own price."""
        if variant.price is None or self.action == "set_price":
            return struct_replace(variant, price=None, compare_at=None)
        price, compare_at = self._prices(variant.price, variant.compare_at)
        return struct_replace(variant, price=price, compare_at=compare_at)

    def _prices(self, price: int, compare_at: int | None) -> tuple[int, int | None]:
        regular_price = compare_at or price
        if self.action == "end_sale":
            return regular_price, None
        if self.action == "start_sale":
            return _discounted(regular_price, self.amount), regular_price
        is_still_reduced = compare_at is not None and compare_at > self.amount
        return self.amount, compare_at if is_still_reduced else None


def _discounted(cents: int, percent: int) -> int:
    """Rounded half up to a cent; at least ``MIN_PRICE``."""
    return max(MIN_PRICE, (cents * (100 - percent) * 2 + 100) // 200)


def apply_edits(edits: Iterable[ProductEdit], *, by: str, now: datetime) -> list[Product]:
    """Update each product; return those with an edit conflict, which are unchanged."""
    conflicts = []
    for edit in edits:
        try:
            version = edit.expected_version
            update_product(edit.product, edit.fields, expected_version=version, by=by, now=now)
        except EditConflict:
            conflicts.append(edit.product)
    return conflicts
