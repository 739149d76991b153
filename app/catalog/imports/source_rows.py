"""Rows of another program's file by field, and which of them are the variants of one product."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from app.catalog.imports.models import ColumnMapping
from app.catalog.product_fields import normalize_slug, slugify
from app.csv_io.tables import CsvTable

PRODUCT_FIELDS = ("title", "category", "blurb", "description", "details", "tags", "materials")
OF_VARIANTS = ("price", "compare_at", "weight_g", "weight_kg", "weight_lb", "weight_oz")
INHERITED = (*PRODUCT_FIELDS, *OF_VARIANTS)
WITHOUT_COMPARE_AT = tuple(name for name in INHERITED if name != "compare_at")


@dataclass
class SourceRow:
    """The values of a row by field, without empty ones. ``product`` is the key of its product."""

    number: int
    values: dict[str, list[str]] = field(default_factory=dict)
    product: str = ""
    is_variant: bool = True

    def get(self, name: str) -> str:
        return next(iter(self.values.get(name, ())), "")

    def has(self, *names: str) -> bool:
        return any(name in self.values for name in names)

    @property
    def kind(self) -> str:
        return self.get("type").lower()


def source_rows(table: CsvTable, mapping: ColumnMapping) -> list[SourceRow]:
    """The rows with the product of each; empty cells of a variant inherit from its product."""
    rows = list(_read(table, mapping))
    mapped = set(mapping.fields.values())
    has_variants = bool(mapped & {"variant", "slug"}) and "type" not in mapped
    _assign_products(rows, can_share_title=has_variants, has_titles=bool(mapped & {"title"}))
    _find_variants(rows)
    _inherit(rows)
    return rows


def _read(table: CsvTable, mapping: ColumnMapping) -> Iterator[SourceRow]:
    for number, cells in table.records[1:] if mapping.has_headings else table.records:
        row = SourceRow(number)
        for index, name in sorted(mapping.fields.items()):
            if index < len(cells) and cells[index]:
                row.values.setdefault(name, []).append(cells[index])
        yield row


def _assign_products(rows: list[SourceRow], *, can_share_title: bool, has_titles: bool) -> None:
    """A row belongs to the product of its slug, its parent, its title, or else of the row above."""
    previous, taken, by_reference = "", set[str](), _references(rows)
    for row in rows:
        parent = by_reference.get(row.get("parent").lower())
        if slug := row.get("slug"):
            key = slugify(slug) or normalize_slug(slug)
        elif parent:
            row.values.pop("title", None)
            key = parent.product = parent.product or slugify(parent.get("title"))
        elif row.has("title"):
            key = row.product or slugify(row.get("title"))
            if not row.product and not can_share_title and key in taken:
                key = slugify(f"{key[:30]} {row.get('sku') or row.number}")
        else:
            key = previous if has_titles else ""
        row.product = previous = key
        taken.add(key)


def _find_variants(rows: Iterable[SourceRow]) -> None:
    """Further rows of a product may have images alone, and the row of a parent its fields."""
    seen = set()
    for row in rows:
        is_further = row.product in seen and not row.has("sku", "variant", "price", "stock")
        row.is_variant = row.kind != "variable" and not is_further
        seen.add(row.product)


def _references(rows: Iterable[SourceRow]) -> Mapping[str, SourceRow]:
    """The rows by SKU and by "id:12", as WooCommerce names the parent of a variation."""
    references = {f"id:{row.get('id')}".lower(): row for row in rows if row.has("id")}
    return references | {row.get("sku").lower(): row for row in rows if row.has("sku")}


def _inherit(rows: list[SourceRow]) -> None:
    first: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for name in row.values:
            first.setdefault((row.product, name), row.values[name])
    for row in (row for row in rows if row.product):
        for name in INHERITED if not row.has("price") else WITHOUT_COMPARE_AT:
            own = row.values.get(name) if name in OF_VARIANTS else None
            if value := own or first.get((row.product, name)):
                row.values[name] = value
