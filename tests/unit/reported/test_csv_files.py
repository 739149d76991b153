"""A file's structure is checked before it is made regular: data-publisher#84, exceljs#454,
parsecsv/parsecsv-for-php#70 (quotation marks around whole lines).

Spreadsheets add empty columns, leave out empty cells at the end of a row, choose the delimiter and
the encoding by the language of the computer, and announce the delimiter in a line "sep=;".
"""

from contextlib import suppress
from time import process_time

import pytest
from fastapi.testclient import TestClient
from hypothesis import example, given
from hypothesis import strategies as st

from app.catalog.catalog_cache import Catalog
from app.catalog.imports.jobs import create_import, find_import, product_results
from app.catalog.imports.parsing import HEADER, InvalidRows, group_rows, parse_product
from app.catalog.imports.processing import process_file
from app.csv_io.decoding import READ_AS_WINDOWS_1252, InvalidCsv, encoding_note
from app.csv_io.reader import MAX_COLUMNS, CsvHeader, CsvRow, read_csv
from tests.builders import NOON, a_product, current_product
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import page_text, sign_in_as

PLAIN_HEADER = CsvHeader(("slug", "title", "compare_at"), ("slug",))
JUG = {"slug": "jug", "title": "Größer"}
JUG_TEXT = "slug,title\njug,Größer"


def read(text: str | bytes) -> list[CsvRow]:
    data = text.encode() if isinstance(text, str) else text
    return read_csv(data, PLAIN_HEADER, max_rows=100)


def reason(text: str | bytes) -> str:
    with pytest.raises(InvalidCsv) as raised:
        read(text)
    return str(raised.value)


REGULARISED: dict[str, str | bytes] = {
    "as it is": JUG_TEXT,
    "semicolons": JUG_TEXT.replace(",", ";"),
    "tabs": JUG_TEXT.replace(",", "\t"),
    "pipes": JUG_TEXT.replace(",", "|"),
    "a line that names the separator": f"sep=;\n{JUG_TEXT.replace(',', ';')}",
    "that line in quotes and with empty columns": '"sep=;";;\r\nslug;title\r\njug;Größer',
    "that line with another separator than the file": f"sep=;\n{JUG_TEXT}",
    "a separator of its own": f"SEP=^\n{JUG_TEXT.replace(',', '^')}",
    "empty columns at the end": "slug,title,,,\njug,Größer,,,\n",
    "16,384 empty columns": f"slug,title{',' * 16_382}\njug,Größer{',' * 16_382}",
    "16,384 quoted empty columns": f"slug,title{',""' * 16_382}\njug,Größer",
    "an empty column in between": "slug,,title\njug,,Größer",
    "fewer empty cells than columns": "slug,title,compare_at,\njug,Größer",
    "blank rows before and between": "\n , \nslug,title\n\n\xa0,\u200b\njug,Größer\n,,\n",
    "rows of wide blanks": "slug,title\n\u3000,\u2003\njug,Größer,\u3000",
    "carriage returns": JUG_TEXT.replace("\n", "\r"),
    "Windows line ends": JUG_TEXT.replace("\n", "\r\n"),
    "quotation marks around each line": '"slug,title"\n"jug,Größer"',
    "quotation marks around each line and each cell": '"slug,""title"""\n"jug,""Größer"""',
    "quotation marks around lines with semicolons": '"slug;title"\r\n"jug;Größer"\r\n',
    "quotation marks around one line": 'slug,title\n"jug,""Größer"""',
    "quotation marks around one line, and empty columns": 'slug,title,\n"jug,""Größer""",,',
    "blanks after the separator": 'slug, "title"\njug, "Größer"',
    "headings with characters that have no width": "sl\u200bug,title\ufeff\njug,Größer",
    "quoted headings": '"slug","title"\n"jug","Größer"',
    "headings in another case": JUG_TEXT.replace("slug,title", "SLUG,Title"),
    "blanks around headings": JUG_TEXT.replace("slug,title", "\xa0slug ,\u202ftitle\xa0"),
    "full-width headings": JUG_TEXT.replace("slug", "\uff53\uff4c\uff55\uff47"),
    "two byte order marks": f"\ufeff\ufeff{JUG_TEXT}",
    "UTF-16 with a mark, little-endian": b"\xff\xfe" + JUG_TEXT.encode("utf-16-le"),
    "UTF-16 with a mark, big-endian": b"\xfe\xff" + JUG_TEXT.encode("utf-16-be"),
    "UTF-16 without a mark": JUG_TEXT.encode("utf-16-le"),
    "Excel's Unicode text": JUG_TEXT.replace(",", "\t").replace("\n", "\r\n").encode("utf-16"),
    "Windows-1252": JUG_TEXT.encode("windows-1252"),
}


@pytest.mark.parametrize("kind", REGULARISED)
def test_file_is_made_regular_before_it_is_checked(kind: str) -> None:
    (row,) = read(REGULARISED[kind])

    assert (row.error, row.cells | JUG) == ("", row.cells)
    assert row.cells.get("compare_at", "") == ""


@pytest.mark.parametrize("name", ["Compare at", "COMPARE-AT", " compare_at", "compare  at"])
def test_heading_stands_for_its_column(name: str) -> None:
    assert read(f"slug,{name}\njug,12")[0].cells["compare_at"] == "12"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("slug,title\njug,x", 2),
        ("sep=;\nslug;title\njug;x", 2),  # Excel and LibreOffice do not show this line
        ("\n\nslug,title\n\njug,x", 5),
        ('slug,"tit\nle"\njug,x', None),
        ('slug,title\n,\n"jug","two\nlines"', 3),
    ],
)
def test_row_number_is_that_of_the_spreadsheet(text: str, number: int | None) -> None:
    if number is None:
        assert "Unknown column" in reason(text)
    else:
        assert [row.number for row in read(text)] == [number]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("slug,titel,colour\njug", "Unknown column “titel” (B), “colour” (C). Remove it, or"),
        ("slug,titel\njug", "rename it to one of: slug, title, compare_at"),
        ("slug,Title, TITLE\njug", "more than once: “title” (B), “title” (C)"),
        (f"slug{',' * 27}x\njug", "“x” (AB)"),
        (f"slug{',x' * MAX_COLUMNS}\njug", "Row 1 has more than 100 columns"),
        ("title\njug", "One of these columns is required: “slug”"),
        ("jug,Jug", "The first row must name the columns: slug, title"),
        ('slug,title\npot,x\njug,"a"b', "in row 3. A cell that contains one needs"),
        ('slug,title\njug,"a 12" plate"', 'twice: "a 12"" plate".'),
        ("<html><table><tr><td>slug", "This is a workbook"),
        ("\ufeff\n<?xml version='1.0'?>", "This is a workbook"),
        ('[{"slug": "jug"}]', "This is not a CSV file. Save the table as"),
        (b"%PDF-1.4\nslug", "This is not a CSV file. Save the table as"),
        (b"\x1f\x8b\x08\0\0", "This is not a CSV file. Save the table as"),
        (b"PK\x03\x04slug", "This is a workbook"),
        ("PK,slug\njug,x", "Unknown column “pk” (A)"),
        (JUG_TEXT.encode("utf-32"), "This is not a CSV file. Save the table as"),
        ("slug,title\njug,Größer\n".encode() + b"pot,Gr\xf6\xdfer", "cannot be read"),
        ('slug,title\npot,"two\nlines"\njug,"open', "in row 3"),
        (JUG_TEXT.encode() + b" \xc3\xbc\xc3", "in line 2"),
        (b"\xff\xfea", "cannot be read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "This is a workbook"),
        (b"slug,title\n\x81\x8d", "cannot be read"),
    ],
)
def test_invalid_file_is_refused_with_the_place_in_the_spreadsheet(
    text: str | bytes, message: str
) -> None:
    assert message in reason(text)


def test_title_with_the_separator_is_one_cell_in_a_short_row() -> None:
    rows = read('title,slug,compare_at\n"a, b"\n"a, b, c"')

    assert [row.cells["title"] for row in rows] == ["a, b", "a, b, c"]


@pytest.mark.parametrize(("text", "cell"), [("slug\njug,x", "B2"), ("slug,,title\na\nb,x", "B3")])
def test_cell_without_a_column_is_an_error_of_its_row(text: str, cell: str) -> None:
    assert read(text)[-1].error.startswith(f"Cell {cell} has no column name above it.")


def test_only_a_guessed_encoding_needs_a_check() -> None:
    assert encoding_note(JUG_TEXT.encode("windows-1252")) == READ_AS_WINDOWS_1252
    assert not encoding_note(JUG_TEXT.encode())
    assert not encoding_note(b"\xff\xfe" + JUG_TEXT.encode("utf-16-le"))


@given(st.text("slug,title;\t\n\r\"'=x \xa0\ufeff\xe9", max_size=60).map(str.encode) | st.binary())
@example(b"sep=")
@example(b"sep=\n")
@example(b"\xff\xfe")
def test_any_file_is_read_or_refused_with_a_reason(data: bytes) -> None:
    with suppress(InvalidCsv):
        rows = read(data)
        assert all(row.error or "slug" in row.cells for row in rows)
        return
    assert reason(data).endswith((".", "”."))


@pytest.mark.parametrize(
    "unit",
    [",", "x,", "slug,", "\n", '"",', '"', "sep=;", ";", "\r", "title,\n", "\xa0", "\xe9", "x\n"],
)
def test_time_for_a_hostile_file_is_linear(unit: str) -> None:
    times = []
    for length in (4_096, 16_384, 65_536):
        data = f"slug,{(unit * length)[:length]}".encode()
        times.append(min(seconds_to_read(data) for _ in range(3)))  # the least disturbed one

    assert times[2] < 64 * max(times[0], 0.001)
    assert times[2] < 16 * max(times[1], 0.004)


def seconds_to_read(data: bytes) -> float:
    started = process_time()
    with suppress(InvalidCsv):
        read_csv(data, HEADER, max_rows=10**6)
    return process_time() - started


# --- the import ------------------------------------------------------------------------------


def test_repaired_file_changes_the_product_and_reports_the_guess(browser: TestClient) -> None:
    product = a_product(price=2_450)
    job = create_import(by=MERCHANT, now=NOON)
    text = f"sep=;\r\nSlug;Title;Price;;\r\n{product.slug};Größe;1.250,5 €\r\n"

    process_file(job, text.encode("windows-1252"), "A1", now=NOON)

    changed = current_product(product)
    assert (changed.title, changed.price) == ("Größe", 125_050)
    sign_in_as(browser, MERCHANT)
    report = browser.get(f"/admin/imports/{job.import_id}/report")
    assert "read as Windows-1252" in page_text(report)
    assert find_import(job.import_id).note == READ_AS_WINDOWS_1252


def test_error_has_its_row_and_column_whatever_they_are_called() -> None:
    """Row and column are values of their own: no text has to be taken apart."""
    rows = [CsvRow(row, {"slug": "jar", "sku": "a b", "title": ""}) for row in (12, 13)]
    (group,) = group_rows(rows, Catalog((), (), NOON))

    with pytest.raises(InvalidRows) as raised:
        parse_product(group, {})

    located = {(error.row, error.column) for error in raised.value.errors}
    assert {(12, "title"), (12, "sku"), (13, "sku"), (13, "variant")} <= located


def test_stored_result_names_row_and_column(browser: TestClient) -> None:
    product = a_product()
    job = create_import(by=MERCHANT, now=NOON)

    process_file(job, f"slug,price,\n\n{product.slug},1.200,\n".encode(), "A1", now=NOON)

    (result,) = product_results(job.import_id)
    (error,) = result.errors
    assert (error.row, error.column) == (3, "price")
    assert error.message.startswith("Enter 1200.00 or 1.20 as a price")
