"""Prices, weights and barcodes of a product's rows: each variant may have its own.

A value that all variants share is the product's, and the others are those of their variants.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from msgspec.structs import replace as struct_replace

from app.catalog.imports.models import RowError
from app.catalog.models import Variant
from app.catalog.product_fields import ProductFields, normalize_sku
from app.catalog.variants import FACT_LABELS, FACT_READERS
from app.csv_io.reader import CsvRow
from app.form_fields import try_fields

FACT_COLUMNS = tuple(FACT_READERS)
PRICES, WEIGHT = ("price", "compare_at"), ("weight_g",)

type Facts = Mapping[str, dict[str, Any]]  # by SKU, of the columns in the file


def read_facts_of_rows(rows: Iterable[CsvRow]) -> tuple[Facts, list[RowError]]:
    """The facts of each row that has an SKU, and the errors of all rows by column."""
    facts: dict[str, dict[str, Any]] = {}
    found: list[RowError] = []
    for row in (row for row in rows if row.is_variant and row.cells.get("sku", "").strip()):
        readers = {name: it for name, it in FACT_READERS.items() if name in row.cells}
        values, errors = try_fields(readers, row.cells, FACT_LABELS)
        if "price" in row.cells and values.get("price", 0) is None:
            errors["price"] = "Enter a price."
        if not errors and (values.get("compare_at") or 2**60) <= values.get("price", 0):
            errors["compare_at"] = "Enter a compare-at price that is higher than the price."
        found += [RowError(row.number, name, str(message)) for name, message in errors.items()]
        facts[normalize_sku(row.cells["sku"])] = values
    return facts, found


def with_facts(fields: ProductFields, old: ProductFields, facts: Facts) -> ProductFields:
    """The fields with the facts of the variants; ``old`` has those that are not in the file."""
    fields = _with_shared(fields, old, facts, PRICES)
    fields = _with_shared(fields, old, facts, WEIGHT)
    variants = tuple(
        struct_replace(it, barcode=_same_gtin(it.barcode, facts[it.sku]["barcode"]))
        if "barcode" in facts.get(it.sku, {})
        else it
        for it in fields.variants
    )
    return replace(fields, variants=variants)


def _same_gtin(old: str | None, new: str | None) -> str | None:
    """The old form of a barcode if it is the same number: spreadsheets remove leading zeros."""
    return old if old and new and old.lstrip("0") == new.lstrip("0") else new


def _with_shared(
    fields: ProductFields, old: ProductFields, facts: Facts, names: tuple[str, ...]
) -> ProductFields:
    if not any(names[0] in values for values in facts.values()):
        return fields
    before = {it.sku: _effective(it, old, names) for it in fields.variants}
    after = {
        sku: tuple(facts[sku].get(name, value[i]) for i, name in enumerate(names))
        if names[0] in facts.get(sku, {})
        else value
        for sku, value in before.items()
    }
    shared = _of_product(old, names)
    if shared not in after.values():
        shared = next(iter(after.values()))
    after = {sku: _fitting(value) for sku, value in after.items()}
    variants = [
        struct_replace(it, **dict(zip(names, _own(after[it.sku], shared), strict=True)))
        for it in fields.variants
    ]
    return replace(fields, variants=tuple(variants), **dict(zip(names, shared, strict=True)))


def _of_product(fields: ProductFields, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(getattr(fields, name) for name in names)


def _effective(variant: Variant, fields: ProductFields, names: tuple[str, ...]) -> tuple[Any, ...]:
    has_own = getattr(variant, names[0]) is not None
    return tuple(getattr(variant if has_own else fields, name) for name in names)


def _fitting(value: tuple[Any, ...]) -> tuple[Any, ...]:
    """Without a compare-at price of before that is not higher than the new price."""
    price, *others = value
    return (
        (price, *(it for it in others)) if not others or (others[0] or 0) > price else (price, None)
    )


def _own(value: tuple[Any, ...], shared: tuple[Any, ...]) -> tuple[Any, ...]:
    return (None,) * len(value) if value == shared else value
