"""What a spreadsheet makes of an export is imported without a change: exceljs#454.

Each way of saving is written by Python's own CSV writer or by Babel, not by the code under test.
"""

import csv
import io
from collections.abc import Callable
from typing import Literal

import pytest
from babel.numbers import format_decimal
from hypothesis import assume, given
from hypothesis import strategies as st

from app.catalog.catalog_cache import Catalog, CatalogEntry
from app.catalog.imports.models import COLUMNS
from app.catalog.imports.parsing import HEADER, group_rows, parse_product
from app.catalog.models import Product, Variant
from app.catalog.product_fields import as_form_values
from app.catalog.products import ProductEdit
from app.catalog.variants import facts_of_variant
from app.csv_io.escaping import write_csv
from app.csv_io.reader import read_csv
from app.form_fields import read_line
from tests.builders import NOON


def accepted_line(text: str) -> str:
    try:
        return read_line(" ".join(text.split()))
    except ValueError:
        return "Jug"


texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
plain_line = texts.map(accepted_line)
products = st.builds(
    Product,
    slug=st.just("jug"),
    title=plain_line,
    category=plain_line,
    blurb=plain_line,
    details=st.lists(plain_line, max_size=3).map(tuple),
    price=st.integers(1, 9_999_998),
    compare_at=st.none() | st.just(9_999_999),
    weight_g=st.none() | st.integers(1, 100_000),
    tags=st.sampled_from([(), ("new",), ("for the table", "new")]),
    materials=st.sampled_from([(), ("Oak",), ("Stoneware", "Soy wax")]),
    variants=st.sampled_from(
        [
            (Variant("JUG", "Default"),),
            (
                Variant("J-1", "Teal", "#2f5a52", barcode="4006381333931"),
                Variant("J-2", "=Oat", price=9_999_999, weight_g=7, barcode="00012345600012"),
                Variant("J-3", "Rye", price=100, compare_at=110),
            ),
        ]
    ),
    published=st.booleans(),
    version=st.integers(0, 99),
)


def exported(product: Product) -> str:
    """The export of one product as `/admin/products.csv` writes it."""
    rows = []
    for variant in product.variants:
        cells = as_form_values(product) | facts_of_variant(product, variant)
        cells |= {"slug": product.slug, "sku": variant.sku}
        cells |= {"variant": variant.name, "colour": variant.swatch or ""}
        cells |= dict.fromkeys(("available", "reserved", "sold"), "7")
        rows.append([cells[column] for column in COLUMNS])
    return write_csv(COLUMNS, rows)


def rewritten(text: str, **options: str | int) -> str:
    """The file as Python's own writer saves it again, with other conventions."""
    out = io.StringIO()
    table = csv.reader(io.StringIO(text, newline=""))
    csv.writer(out, **options).writerows(table)  # type: ignore[arg-type]
    return out.getvalue()


def in_german(text: str) -> str:
    table = [*csv.reader(io.StringIO(text, newline=""))]
    places = [COLUMNS.index(name) for name in ("price", "compare_at")]
    for row in table[1:]:
        for place in places:
            if row[place]:
                row[place] = format_decimal(row[place], "#,##0.00 €", "de_DE")
        if (weight := row[COLUMNS.index("weight_g")]) and not weight.endswith("000"):
            row[COLUMNS.index("weight_g")] = format_decimal(weight, "#,##0", "de_DE")
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(table)
    return out.getvalue()


def with_numbers_as_excel_saves_them(text: str) -> str:
    """Without zeros at the ends, and with an exponent from twelve digits on."""
    table = [*csv.reader(io.StringIO(text, newline=""))]
    places = [COLUMNS.index(name) for name in ("price", "compare_at", "weight_g", "barcode")]
    for row in table[1:]:
        for place in places:
            if row[place].replace(".", "").isdecimal():
                value = float(row[place])
                plain = f"{value:.2f}".rstrip("0").rstrip(".")
                row[place] = f"{value:.5E}" if value >= 1e11 else plain
    out = io.StringIO()
    csv.writer(out).writerows(table)
    return out.getvalue()


def without_empty_cells_at_the_end(text: str) -> str:
    kept = ("slug", "title", "category", "blurb", "details", "published", "price", "compare_at")
    table = list(csv.DictReader(io.StringIO(text, newline="")))
    rows = [[row[name] for name in kept] for row in table]
    rows = [row[: max(i for i, cell in enumerate(row) if cell) + 1] for row in rows]
    out = io.StringIO()
    csv.writer(out).writerows([kept, *rows])
    return out.getvalue()


def each_row_as_one_cell(text: str, quoting: Literal[0, 1] = csv.QUOTE_MINIMAL) -> bytes:
    """As a German Excel saves a file with commas: it takes each row for a cell."""
    assume(";" not in text)  # it would separate cells there
    out = io.StringIO()
    for row in csv.reader(io.StringIO(text, newline="")):
        line = io.StringIO()
        csv.writer(line).writerow(row)
        cell = line.getvalue().removesuffix("\r\n")
        csv.writer(out, delimiter=";", quoting=quoting).writerow([cell])
    return out.getvalue().encode("utf-8-sig")


SAVED: dict[str, Callable[[str], bytes]] = {
    "unchanged": lambda it: it.encode("utf-8-sig"),
    "all quoted": lambda it: rewritten(it, quoting=csv.QUOTE_ALL).encode(),
    "semicolons": lambda it: rewritten(it, delimiter=";").encode("utf-8-sig"),
    "tabs in UTF-16": lambda it: rewritten(it, delimiter="\t").encode("utf-16"),
    "German amounts": lambda it: in_german(it).encode("utf-8-sig"),
    "numbers as Excel saves them": lambda it: with_numbers_as_excel_saves_them(it).encode(),
    "each row as one cell": each_row_as_one_cell,
    "each row as one quoted cell": lambda it: each_row_as_one_cell(it, csv.QUOTE_ALL),
    "a separator line": lambda it: b"sep=;\r\n" + rewritten(it, delimiter=";").encode(),
    "columns and rows added": lambda it: (
        "\ufeff,,\r\n" + it.replace("sold\r\n", "sold,,,\r\n").replace("7,7,7\r\n", "7,7,7,,\r\n")
    ).encode(),
    "headings in capitals": lambda it: (
        it.partition("\r\n")[0].upper() + "\r\n" + it.partition("\r\n")[2]
    ).encode(),
    "short rows": lambda it: without_empty_cells_at_the_end(it).encode(),
    "old Mac line ends": lambda it: rewritten(it, lineterminator="\r").encode(),
}


@pytest.mark.parametrize("how", SAVED)
@given(product=products)
def test_export_that_a_spreadsheet_saves_again_changes_nothing(how: str, product: Product) -> None:
    catalog = Catalog((CatalogEntry(product, ()),), (), NOON)
    rows = read_csv(SAVED[how](exported(product)), HEADER, max_rows=10)
    (group,) = group_rows(rows, catalog)

    edit = parse_product(group, {})

    assert isinstance(edit, ProductEdit)
    assert edit.changes == []
    assert edit.expected_version == product.version
