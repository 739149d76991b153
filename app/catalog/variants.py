"""Adding a variant to a product, together with the stock item of its SKU."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace as fields_replace
from datetime import datetime
from typing import Any

from msgspec.structs import replace
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from app.catalog.catalog_cache import CatalogEntry
from app.catalog.edit_merge import merge_values, prices_fit
from app.catalog.models import DEFAULT_VARIANT, Product, Variant
from app.catalog.product_fields import (
    LABELS,
    MAX_VARIANTS,
    PRODUCT_READERS,
    VARIANT_READERS,
    ProductFields,
    read_price,
)
from app.catalog.products import (
    EditConflict,
    admin_path,
    has_version,
    write_initial_stock,
)
from app.errors import Conflict, NotFound, ValidationFailed
from app.form_fields import (
    InvalidValue,
    Reader,
    Submitted,
    optional,
    read_fields,
    read_line,
    try_fields,
)
from app.i18n.currency import format_plain
from app.persistence.audit_log import record_change
from app.persistence.dynamodb import (
    failed_conditions,
    is_condition_failure,
    retrying_transaction,
)


class DuplicateSku(Conflict):
    """Another product has this SKU, or had it once."""

    def __init__(self) -> None:
        super().__init__("Enter a different SKU: another product has this one.")


def _read_barcode(text: str) -> str:
    """A GTIN of 8, 12, 13 or 14 digits: https://www.gs1.org/services/how-calculate-check-digit-manually"""
    digits = text.replace(" ", "").replace("-", "")
    if not GTIN.fullmatch(digits):
        raise InvalidValue(BARCODE_CONVERTED if "E+" in digits.upper() else BARCODE_LENGTH)
    total = sum(int(it) * (3 if i % 2 else 1) for i, it in enumerate(reversed(digits)))
    if total % 10:
        raise InvalidValue(BARCODE_CHECK)
    return digits


GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}")
BARCODE_LENGTH = "Enter %(field)s of 8, 12, 13 or 14 digits, like 4006381333931."
BARCODE_CONVERTED = (
    "Enter %(field)s with all its digits: this one looks changed by a spreadsheet. "
    "Format the column as text."
)
BARCODE_CHECK = "Check %(field)s: its last digit does not fit the others."
FACT_READERS: Mapping[str, Reader] = {
    **{name: optional(read_price) for name in ("price", "compare_at")},
    "weight_g": PRODUCT_READERS["weight_g"],
    "barcode": optional(_read_barcode),
}
FACT_LABELS = {**LABELS, "barcode": "a barcode"}
NEEDS_PRICE = "Enter the price of this variant too, or leave this field empty."
NO_SUCH_IMAGE = "Select one of the images of this product."
TOO_LOW = "Enter a compare-at price that is higher than the price."


def try_variant_facts(submitted: Submitted) -> tuple[dict[str, Any], dict[str, str]]:
    """Price, compare-at price, weight and barcode; an empty price stands for the product's."""
    values, errors = try_fields(FACT_READERS, submitted, FACT_LABELS)
    price, compare_at = values.get("price"), values.get("compare_at")
    if compare_at is not None and not errors and compare_at <= (price or 0):
        errors["compare_at"] = TOO_LOW
    if compare_at is not None and not errors and price is None:
        errors["compare_at"] = NEEDS_PRICE
    return values, errors


def read_variant_edit(entry: CatalogEntry, submitted: Submitted) -> dict[str, Any]:
    """Price, compare-at price, weight, barcode and image. Raises ``ValidationFailed``."""
    values, errors = try_variant_facts(submitted)
    values["image_id"] = submitted.get("image_id") or None
    if values["image_id"] not in {None, *(image.image_id for image in entry.images)}:
        errors["image_id"] = NO_SUCH_IMAGE
    if errors:
        raise ValidationFailed.for_fields(errors)
    return values


def edit_of_variant(product: Product, sku: str, values: Mapping[str, Any]) -> ProductFields:
    """The product's fields with these values of the variant."""
    variants = tuple(replace(it, **values) if it.sku == sku else it for it in product.variants)
    return fields_replace(ProductFields.from_product(product), variants=variants)


def merge_variant(
    current: CatalogEntry, sku: str, mine: Mapping[str, Any], opened: Submitted
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """My edit of the variant merged with theirs, and the fields that both have changed.

    ``opened`` are the values that my form was opened with.
    """
    theirs = {name: getattr(require_variant(current.product, sku), name) for name in mine}
    base, errors = try_variant_facts(opened)
    base["image_id"] = opened.get("image_id") or None
    merged, conflicts = merge_values(None if errors or not opened else base, mine, theirs)
    if not conflicts and not prices_fit(merged["price"], merged["compare_at"]):
        conflicts = ("price", "compare_at")
    return merged, conflicts


def facts_of_variant(product: Product, variant: Variant) -> Submitted:
    """The facts as they are for customers: those of the product where it has none of its own."""
    compare_at = product.compare_at_of(variant)
    return {
        "price": format_plain(product.price_of(variant)),
        "compare_at": format_plain(compare_at) if compare_at else "",
        "weight_g": str(product.weight_of(variant) or ""),
        "barcode": _grouped(variant.barcode or ""),
    }


def _grouped(barcode: str) -> str:
    """With hyphens, as text: a spreadsheet would save the number as 4.00638E+12."""
    return "-".join(filter(None, (barcode[:-12], barcode[-12:-6], barcode[-6:])))


def variant_form_values(variant: Variant) -> Submitted:
    """The facts as the form shows them; ``try_variant_facts`` reads them back."""
    return {
        "price": format_plain(variant.price) if variant.price else "",
        "compare_at": format_plain(variant.compare_at) if variant.compare_at else "",
        "weight_g": str(variant.weight_g or ""),
        "barcode": variant.barcode or "",
        "image_id": variant.image_id or "",
    }


@dataclass(frozen=True)
class NewVariant:
    """A variant to add, with its initial stock.

    ``first_name`` names the existing variant, if it was the only one and needed no name so far.
    """

    variant: Variant
    quantity: int
    first_name: str = ""


def read_new_variant(product: Product, submitted: Submitted) -> NewVariant:
    """Raise ``ValidationFailed`` with every error at once."""
    readers: dict[str, Reader] = {**VARIANT_READERS}
    if has_only_default_variant(product):
        readers["first_name"] = read_line
    values = read_fields(readers, submitted, LABELS)
    variant = Variant(values["sku"], values["name"], values["swatch"])
    return NewVariant(variant, values["quantity"], values.get("first_name", ""))


def require_variant(product: Product, sku: str) -> Variant:
    """Raises ``NotFound`` if the product has no such variant."""
    for variant in product.variants:
        if variant.sku == sku:
            return variant
    raise NotFound("There is no such variant.")


def has_only_default_variant(product: Product) -> bool:
    """Whether the product has one variant, whose name customers do not see."""
    return [variant.name for variant in product.variants] == [DEFAULT_VARIANT]


def add_variant(product: Product, new: NewVariant, *, by: str, now: datetime) -> None:
    """Add the variant. A repeat changes nothing. Raises ``DuplicateSku`` or ``EditConflict``."""
    if new.variant.sku in [variant.sku for variant in product.variants]:
        return
    if len(product.variants) >= MAX_VARIANTS:
        raise Conflict(f"A product has at most {MAX_VARIANTS} variants.")
    try:
        with retrying_transaction() as transaction:
            write_initial_stock(transaction, product, new.variant, new.quantity, now=now)
            _write_variants(transaction, product, new)
            summary = f"Added {new.variant.name} ({new.variant.sku}) to {product.title}"
            record_change(transaction, summary, path=admin_path(product), by=by, now=now)
    except TransactWriteError as error:
        if not is_condition_failure(error):
            raise
        raise (DuplicateSku if failed_conditions(error)[0] else EditConflict)() from error


def _write_variants(transaction: TransactWrite, product: Product, new: NewVariant) -> None:
    """Conditional on the version: the new stock item repeats the price that was read."""
    before = product.variants
    if has_only_default_variant(product):
        before = (replace(before[0], name=new.first_name),)
    transaction.update(
        product,
        actions=[Product.variants.set((*before, new.variant)), Product.version.add(1)],
        condition=has_version(product.version) & (Product.variants == product.variants),
    )
