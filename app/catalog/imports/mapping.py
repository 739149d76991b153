"""The fields that a column of another program's file can be, and the merchant's choice of them."""

from collections import Counter
from collections.abc import Mapping

from app.catalog.imports.models import ColumnMapping, ImportJob
from app.errors import ValidationFailed
from app.form_fields import Submitted, error_message, read_line

DEFAULT_CATEGORY = "Other"
FIELD_LABELS: Mapping[str, str] = {
    "slug": "URL slug or handle",
    "sku": "SKU",
    "title": "Title",
    "variant": "Variant, such as size or colour",
    "colour": "Colour as a code like #2f5a52",
    "category": "Category",
    "blurb": "Short description",
    "description": "Description (text or HTML)",
    "details": "Details",
    "tags": "Tags",
    "materials": "Materials",
    "price": "Price in euros",
    "sale_price": "Sale price in euros",
    "compare_at": "Compare-at price in euros",
    "weight_g": "Weight in grams",
    "weight_kg": "Weight in kilograms",
    "weight_lb": "Weight in pounds",
    "weight_oz": "Weight in ounces",
    "barcode": "Barcode (GTIN, EAN, ISBN)",
    "stock": "Stock",
    "image": "Image address (left out)",
    "type": "Type of the row (WooCommerce)",
    "id": "ID of the row (WooCommerce)",
    "parent": "Parent of the row (WooCommerce)",
}
REPEATABLE = frozenset({"variant", "tags", "image", "description", "materials"})
IDENTIFYING = ("slug", "sku", "title")
NOT_IDENTIFIED = "Select the column that has the title, the SKU or the URL slug."


def suggested_mapping(job: ImportJob) -> ColumnMapping:
    """The mapping that the form begins with. A first row without any known name is a product."""
    fields = {column.index: column.field for column in job.columns if column.field}
    return ColumnMapping(fields, bool(fields), include_stock=False, category=DEFAULT_CATEGORY)


def as_form_values(mapping: ColumnMapping) -> Submitted:
    """The mapping as its form shows it; ``read_mapping`` reads it back."""
    fields = {f"column_{index}": field for index, field in mapping.fields.items()}
    boxes = {"has_headings": mapping.has_headings, "stock": mapping.include_stock}
    checked = {name: "yes" for name, is_checked in boxes.items() if is_checked}
    return {**fields, **checked, "category": mapping.category}


def read_mapping(job: ImportJob, submitted: Submitted) -> ColumnMapping:
    """Raise ``ValidationFailed`` with every error at once; fields are named ``column_0`` etc."""
    fields = {it.index: submitted.get(_name(it.index), "") for it in job.columns}
    errors = _unknown(fields) | _repeated(fields)
    if not errors and not set(fields.values()).intersection(IDENTIFYING):
        errors[_name(job.columns[0].index)] = NOT_IDENTIFIED
    category = ""
    try:
        category = read_line(submitted.get("category", ""))
    except ValueError as error:
        errors["category"] = error_message(error, "a category")
    if errors:
        raise ValidationFailed.for_fields(errors)
    mapped = {index: field for index, field in fields.items() if field}
    return ColumnMapping(mapped, "has_headings" in submitted, "stock" in submitted, category)


def _name(index: int) -> str:
    return f"column_{index}"


def _unknown(fields: Mapping[int, str]) -> dict[str, str]:
    return {
        _name(index): "Select a field from the list."
        for index, field in fields.items()
        if field and field not in FIELD_LABELS
    }


def _repeated(fields: Mapping[int, str]) -> dict[str, str]:
    counts = Counter(field for field in fields.values() if field in FIELD_LABELS)
    once = {field for field, count in counts.items() if count > 1 and field not in REPEATABLE}
    last = {field: index for index, field in fields.items() if field in once}
    return {
        _name(index): f"Select “{FIELD_LABELS[field]}” for one column only."
        for field, index in last.items()
    }
