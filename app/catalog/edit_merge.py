"""Three-way merge of two edits of one product: what both merchants changed is a conflict.

https://en.wikipedia.org/wiki/Merge_(version_control)#Three-way_merge
"""

from dataclasses import dataclass, replace

from app.catalog.product_fields import ProductFields


@dataclass(frozen=True)
class Merge:
    """The merged fields, with my values where both merchants changed a field: ``conflicts``."""

    fields: ProductFields
    conflicts: tuple[str, ...]


def merge_edits(base: ProductFields | None, mine: ProductFields, theirs: ProductFields) -> Merge:
    """Merge my edit of ``base`` with theirs. Without a base, every difference is a conflict."""
    merged, conflicts = mine, []
    for name, value in vars(theirs).items():
        if getattr(mine, name) == value:
            continue
        before = getattr(base, name) if base else None
        if base and getattr(mine, name) == before:
            merged = replace(merged, **{name: value})
        elif base is None or value != before:
            conflicts.append(name)
    if not conflicts and not _prices_fit(merged):
        conflicts = ["price", "compare_at"]
    return Merge(merged, tuple(conflicts))


def _prices_fit(fields: ProductFields) -> bool:
    return fields.compare_at is None or fields.compare_at > fields.price
