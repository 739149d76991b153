"""Parsing the rows of a CSV import: grouping them by product, and validating each product.

Rows are validated by the field readers of the admin forms. Every error of a product is reported
in one ``InvalidRows``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from app.catalog.catalog_cache import Catalog
from app.catalog.imports.converted_texts import OriginalTexts
from app.catalog.imports.models import COLUMNS, TEXT_COLUMNS, RowError
from app.catalog.imports.row_facts import FACT_COLUMNS, Facts, read_facts_of_rows, with_facts
from app.catalog.models import Product, Variant
from app.catalog.product_fields import (
    PRODUCT_READERS,
    InvalidProduct,
    NewProduct,
    ProductFields,
    as_form_values,
    normalize_sku,
    normalize_slug,
    read_new_product,
    read_product_fields,
    slugify,
)
from app.catalog.products import ProductEdit
from app.csv_io.escaping import is_converted
from app.csv_io.reader import CsvHeader, CsvRow
from app.errors import NotFound, ValidationFailed
from app.form_fields import error_message, read_number

HEADER = CsvHeader(COLUMNS, ("slug", "sku", "title"))
VARIANT_COLUMNS = {"sku": "sku", "variant": "name", "colour": "swatch", "available": "quantity"}
COLUMN_OF = {field_name: column for column, field_name in VARIANT_COLUMNS.items()}
# The columns whose cells are the same in all rows of a product.
SHARED_COLUMNS = (*(name for name in PRODUCT_READERS if name not in FACT_COLUMNS), "version")
MAX_VERSION = 2**31
CONVERTED = (
    "“{cell}” looks changed by a spreadsheet. Format the column as text, and enter {original}."
)
IN_USE = "Enter a different value: another product has this one."
NO_VARIANT = "Add a row for each variant of this product: none of its rows has an SKU or a price."


class InvalidRows(Exception):
    """The rows of a product are not valid; ``errors`` say where and why."""

    def __init__(self, errors: Iterable[RowError]) -> None:
        self.errors = tuple(errors)
        super().__init__(*self.errors)


@dataclass
class ProductRows:
    """The rows of one product, in order of the file. ``product`` is ``None`` for a new one."""

    product: Product | None
    rows: list[CsvRow] = field(default_factory=list)

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(row.number for row in self.rows)

    @property
    def title(self) -> str:
        return self.product.title if self.product else self.rows[0].cells.get("title", "")[:100]


def group_rows(rows: Iterable[CsvRow], catalog: Catalog) -> list[ProductRows]:
    """Rows of the same product belong together, wherever they are in the file."""
    products = {entry.product.slug: entry.product for entry in catalog.entries}
    groups: dict[str, ProductRows] = {}
    for row in rows:
        slug = _slug(row, catalog) or f"row {row.number}"
        group = groups.setdefault(slug, ProductRows(products.get(slug)))
        group.rows.append(row)
    return list(groups.values())


def _slug(row: CsvRow, catalog: Catalog) -> str:
    """The row's slug, or that of the product with this SKU, or one made from the title."""
    if slug := normalize_slug(row.cells.get("slug", "")):
        return slug
    try:
        entry = catalog.entry_with_sku(sku_of(row))
    except NotFound:
        return slugify(row.cells.get("title", ""))
    return str(entry.product.slug)


def sku_of(row: CsvRow) -> str:
    return normalize_sku(row.cells.get("sku", ""))


def parse_product(group: ProductRows, sku_errors: Mapping[int, str]) -> ProductEdit | NewProduct:
    """The edit or new product that these rows describe; raises ``InvalidRows``.

    ``sku_errors`` are those of the file, by row number.
    """
    group = _with_inherited_cells(group)
    errors = [RowError(row.number, "", row.error) for row in group.rows if row.error]
    numbers = [number for number in group.numbers if number in sku_errors]
    errors += [RowError(number, "sku", sku_errors[number]) for number in numbers]
    errors += _contradictions(group.rows)
    if errors:
        raise InvalidRows(errors)
    facts, errors = read_facts_of_rows(group.rows)
    try:
        edit = _parse_edit(group, group.product, facts) if group.product else None
        parsed = edit or _parse_new(group, facts)
    except InvalidProduct as failed:
        raise InvalidRows(_once([*_locate(failed, group), *errors])) from failed
    except ValidationFailed as failed:
        raise InvalidRows(_once([*_in_first_row(failed.errors, group), *errors])) from failed
    if errors:
        raise InvalidRows(errors)
    return parsed


def _once(errors: Iterable[RowError]) -> Iterable[RowError]:
    """The first error of each cell."""
    by_cell: dict[tuple[int, str], RowError] = {}
    for error in errors:
        by_cell.setdefault((error.row, error.column), error)
    return by_cell.values()


def _with_inherited_cells(group: ProductRows) -> ProductRows:
    """An empty cell of a product's field stands for its value in the rows before.

    A price has a compare-at price of its own, so that only both are inherited.
    """
    cells: dict[str, str] = {}
    rows = []
    for row in group.rows:
        inherited = {it: cell for it, cell in cells.items() if _is_empty(row, it)}
        if not _is_empty(row, "price"):
            inherited.pop("compare_at", None)
        rows.append(replace(row, cells=row.cells | inherited))
        names = SHARED_COLUMNS if rows[1:] else (*SHARED_COLUMNS, *FACT_COLUMNS[:3])
        cells = {it: row.cells[it] for it in names if not _is_empty(row, it)} | cells
    return ProductRows(group.product, rows)


def _is_empty(row: CsvRow, column: str) -> bool:
    return not row.cells.get(column, "").strip()


def _locate(failed: InvalidProduct, group: ProductRows) -> Iterator[RowError]:
    """Errors of the product are in its first row, and those of a variant in its own row."""
    yield from _in_first_row(failed.fields, group)
    for row, errors in failed.variants.items():
        for name, message in errors.items():
            yield RowError(row, COLUMN_OF.get(name, name), str(message))


def _in_first_row(errors: Mapping[str, str], group: ProductRows) -> Iterator[RowError]:
    for column, message in errors.items():
        yield RowError(group.numbers[0], column, str(message))


def _contradictions(rows: list[CsvRow]) -> Iterator[RowError]:
    """The fields of a product are repeated in each of its rows and have to be the same."""
    first = rows[0]
    for row in rows[1:]:
        for column in SHARED_COLUMNS:
            if row.cells.get(column) != first.cells.get(column) and not row.error:
                message = f"Enter the same value as in row {first.number}."
                yield RowError(row.number, column, message)


def _parse_new(group: ProductRows, facts: Facts) -> NewProduct:
    """Always a draft, because it has no images yet."""
    first = next((row for row in group.rows if row.is_variant), group.rows[0])
    submitted = {**first.cells, "slug": first.cells.get("slug", ""), "published": "no"}
    variants = {
        row.number: {name: row.cells.get(column, "") for column, name in VARIANT_COLUMNS.items()}
        for row in group.rows
        if row.is_variant
    }
    if not variants:
        raise InvalidRows([RowError(first.number, "", NO_VARIANT)])
    new = read_new_product(submitted, variants)
    fields = ProductFields.from_product(new.product)
    for name, value in vars(with_facts(fields, fields, facts)).items():
        setattr(new.product, name, value)
    return new


def _parse_edit(group: ProductRows, product: Product, facts: Facts) -> ProductEdit:
    first = group.rows[0]
    if not normalize_slug(first.cells.get("slug", "")) and not sku_of(first):
        message = f"Enter {product.slug} as the slug to change the product with this title."
        raise ValidationFailed(message, field="title")
    if errors := [*_variant_errors(group.rows, product), *_converted(first, product)]:
        raise InvalidRows(errors)
    cells = {name: cell for name, cell in first.cells.items() if name in PRODUCT_READERS}
    fields = read_product_fields(as_form_values(product) | cells, product.variants)
    fields = with_facts(fields, ProductFields.from_product(product), facts)
    return ProductEdit(product, fields, _expected_version(first, product))


def _converted(row: CsvRow, product: Product) -> Iterator[RowError]:
    """Texts that were the product's before a spreadsheet has converted them."""
    for column, current in as_form_values(product).items():
        cell = row.cells.get(column, "").strip()
        if column in TEXT_COLUMNS and is_converted(current) and OriginalTexts([current]).find(cell):
            yield RowError(row.number, column, CONVERTED.format(cell=cell, original=current))


def _expected_version(row: CsvRow, product: Product) -> int:
    """The version that was exported; an empty cell stands for the current version."""
    if not (cell := row.cells.get("version", "").strip()):
        return int(product.version)
    try:
        return read_number(cell, maximum=MAX_VERSION)
    except ValueError as error:
        message = error_message(error, "a version")
        raise ValidationFailed(message, field="version") from error


def _variant_errors(rows: list[CsvRow], product: Product) -> Iterator[RowError]:
    """An import neither adds variants to an existing product nor renames them."""
    variants = {variant.sku: variant for variant in product.variants}
    for row in (row for row in rows if row.is_variant):
        if (sku := sku_of(row)) and sku not in variants:
            message = f"“{product.title}” has no such SKU. Add the variant in the admin first."
            yield RowError(row.number, "sku", message)
        elif sku:
            yield from _rename_errors(row, variants[sku])


def _rename_errors(row: CsvRow, variant: Variant) -> Iterator[RowError]:
    for column, current in (("variant", variant.name), ("colour", variant.swatch or "")):
        cell = row.cells.get(column, "").strip()
        if cell and cell.lower() != current.lower():
            expected = f"Enter “{current}”" if current else "Leave this cell empty"
            yield RowError(row.number, column, f"{expected}: an import cannot change it.")
