"""Three-way merge of two edits of one product: what both merchants changed is a conflict.

https://en.wikipedia.org/wiki/Merge_(version_control)#Three-way_merge
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.catalog.product_fields import ProductFields

type Values = Mapping[str, Any]


@dataclass(frozen=True)
class Merge:
    """The merged fields, with my values where both merchants changed a field: ``conflicts``."""

    fields: ProductFields
    conflicts: tuple[str, ...]


def merge_values(
    base: Values | None, mine: Values, theirs: Values
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Merge my edit of ``base`` with theirs; return the values and the names of the conflicts.

    Without a base, every difference is a conflict. A conflict has my value.
    """
    merged, conflicts = dict(mine), []
    for name, value in theirs.items():
        if mine[name] == value:
            continue
        if base is None or (mine[name] != base[name] and value != base[name]):
            conflicts.append(name)
        elif mine[name] == base[name]:
            merged[name] = value
    return merged, tuple(conflicts)


def merge_edits(base: ProductFields | None, mine: ProductFields, theirs: ProductFields) -> Merge:
    merged, conflicts = merge_values(vars(base) if base else None, vars(mine), vars(theirs))
    fields = ProductFields(**merged)
    if not conflicts and not prices_fit(fields.price, fields.compare_at):
        conflicts = ("price", "compare_at")
    return Merge(fields, conflicts)


def prices_fit(price: int | None, compare_at: int | None) -> bool:
    """Whether a merged compare-at price is still higher than the price."""
    return compare_at is None or compare_at > (price or compare_at)
