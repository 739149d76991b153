"""The rows of a file, understood: which belong to one piece, and what is wanted of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.catalog.catalog_cache import Catalogue, Piece
from app.catalog.imports.rows import Wrong
from app.catalog.models import Product, Variant
from app.catalog.product_drafts import NewProduct, read_product
from app.catalog.product_fields import DESCRIBED, as_typed, read_description
from app.catalog.products import Edit
from app.catalog.publishing import slug_of
from app.csv_io.reader import Heading, Row
from app.errors import NotFound, WrongFields
from app.form_fields import number

# What the export writes. Counts of pieces that are here already are read and left alone.
COLUMNS = (
    *("slug", "sku", "title", "variant", "colour", "category", "blurb", "details", "tags"),
    *("price", "compare_at", "weight_g", "listed", "version", "available", "reserved", "sold"),
)
HEADING = Heading(COLUMNS, ("slug", "sku", "title"))
OF_VARIANT = {"sku": "sku", "variant": "name", "colour": "swatch", "available": "pieces"}
COLUMN_OF = {name: column for column, name in OF_VARIANT.items()}
NEVER_NEWER = 2**31


class WrongRows(Exception):
    """These rows cannot be taken as they are; nothing of their piece is changed."""

    def __init__(self, *wrong: Wrong) -> None:
        super().__init__("Wrong rows")
        self.wrong = wrong


@dataclass
class Group:
    """The rows about one piece, in the order of the file. ``of`` is the piece that is here."""

    address: str
    of: Product | None
    rows: list[Row] = field(default_factory=list)

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(row.number for row in self.rows)

    @property
    def title(self) -> str:
        return self.of.title if self.of else self.rows[0].cells.get("title", "")[:100]


def grouped(rows: Iterable[Row], shelves: Catalogue) -> list[Group]:
    """Rows about the same piece belong together, wherever they stand."""
    here = {piece.product.slug: piece.product for piece in shelves.pieces}
    groups: dict[str, Group] = {}
    for row in rows:
        address = _address(row, shelves) or f"row {row.number}"
        group = groups.setdefault(address, Group(address, here.get(address)))
        group.rows.append(row)
    return list(groups.values())


def _address(row: Row, shelves: Catalogue) -> str:
    """The slug; else the piece that has this sku; else the address that its title makes."""
    if slug := row.cells.get("slug", "").strip():
        return slug
    try:
        piece: Piece = shelves.piece_with(_sku(row))
    except NotFound:
        return slug_of(row.cells.get("title", ""))
    return str(piece.product.slug)


def _sku(row: Row) -> str:
    return row.cells.get("sku", "").strip().upper()


def repeated_skus(rows: Iterable[Row]) -> dict[int, int]:
    """Rows whose sku stands in an earlier row, and in which."""
    first: dict[str, int] = {}
    repeated = {}
    for row in rows:
        if (sku := _sku(row)) and first.setdefault(sku, row.number) != row.number:
            repeated[row.number] = first[sku]
    return repeated


def wanted_of(group: Group, repeated: Mapping[int, int]) -> Edit | NewProduct:
    """What these rows want, by the rules of the desk's own forms; or raises ``WrongRows``."""
    wrong = [Wrong(row.number, "", row.wrong) for row in group.rows if row.wrong]
    wrong += [
        Wrong(row.number, "sku", f"This sku stands in row {repeated[row.number]} already.")
        for row in group.rows
        if row.number in repeated
    ]
    wrong += _disagreements(group.rows)
    if wrong:
        raise WrongRows(*wrong)
    return _edited(group, group.of) if group.of else _new(group)


def _disagreements(rows: list[Row]) -> Iterable[Wrong]:
    """What a piece says and costs stands in each of its rows, the same every time."""
    first = rows[0]
    for row in rows[1:]:
        for column in (*DESCRIBED, "version"):
            if row.cells.get(column) != first.cells.get(column) and not row.wrong:
                said = f"Row {first.number} says something else about the same piece."
                yield Wrong(row.number, column, said)


def _new(group: Group) -> NewProduct:
    """Always a draft: it has no pictures yet."""
    first = group.rows[0]
    typed = {**first.cells, "slug": first.cells.get("slug", ""), "listed": "no"}
    variants = {
        row.number: {name: row.cells.get(column, "") for column, name in OF_VARIANT.items()}
        for row in group.rows
    }
    try:
        return read_product(typed, variants)
    except WrongFields as wrong:
        raise WrongRows(*_placed(wrong, group)) from wrong


def _edited(group: Group, product: Product) -> Edit:
    first = group.rows[0]
    if not first.cells.get("slug", "").strip() and not _sku(first):
        said = f"A piece of this name is here: write {product.slug} into “slug” to change it."
        raise WrongRows(Wrong(first.number, "title", said))
    if wrong := list(_foreign_variants(group.rows, product)):
        raise WrongRows(*wrong)
    said_here = {name: cell for name, cell in first.cells.items() if name in DESCRIBED}
    try:
        wanted = read_description(as_typed(product) | said_here)
        return Edit(product, wanted, _seen(first, product))
    except WrongFields as errors:
        raise WrongRows(*_placed(errors, group)) from errors


def _seen(row: Row, product: Product) -> int:
    """The version that the file was made of; a file without one takes the present one."""
    if not (typed := row.cells.get("version", "").strip()):
        return int(product.version)
    try:
        return number(typed, most=NEVER_NEWER)
    except ValueError as error:
        raise WrongFields({"version": str(error)}) from error


def _foreign_variants(rows: list[Row], product: Product) -> Iterable[Wrong]:
    """A file adds no variant to a piece that is here, and renames none."""
    here = {variant.sku: variant for variant in product.variants}
    for row in rows:
        if (sku := _sku(row)) and sku not in here:
            yield Wrong(
                row.number,
                "sku",
                f"“{product.title}” has no such sku. Add the variant at the desk first.",
            )
        elif sku:
            yield from _renamed(row, here[sku])


def _renamed(row: Row, variant: Variant) -> Iterable[Wrong]:
    for column, kept in (("variant", variant.name), ("colour", variant.swatch or "")):
        typed: Any = row.cells.get(column, "").strip()
        if typed and typed.lower() != kept.lower():
            said = f"This cannot be changed here: it is “{kept}”." if kept else "It has none."
            yield Wrong(row.number, column, said)


def _placed(wrong: WrongFields, group: Group) -> Iterable[Wrong]:
    """In which row, and which column of it."""
    first = group.numbers[0]
    where = {
        f"{name}_{row}": (row, column)
        for name, column in COLUMN_OF.items()
        for row in group.numbers
    }
    for name, said in wrong.errors.items():
        row, column = where.get(name, (first, name))
        yield Wrong(row, column, said)
