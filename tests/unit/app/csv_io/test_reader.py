from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.csv_io.decoding import InvalidCsv
from app.csv_io.escaping import escape_cell, text_cell, unescape_cell, write_csv
from app.csv_io.reader import CsvHeader, read_csv

HEADER = CsvHeader(("slug", "title", "price"), ("slug",))
MAX_ROWS = 100


def _read(text: str | bytes) -> list[dict[str, str]]:
    data = text.encode() if isinstance(text, str) else text
    return [row.cells for row in read_csv(data, HEADER, max_rows=MAX_ROWS)]


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_of_any_spreadsheet_is_read(bom: str, delimiter: str, end: str) -> None:
    lines = [delimiter.join(cells) for cells in (("slug", "title"), ("jug", "Größer"))]

    assert _read(bom + end.join(lines)) == [{"slug": "jug", "title": "Größer"}]


def test_quoted_cell_may_contain_delimiters_quotes_and_line_breaks() -> None:
    assert _read('slug,title\njug,"One, ""two""\nthree"') == [
        {"slug": "jug", "title": 'One, "two"\nthree'}
    ]


def test_row_number_is_that_of_the_spreadsheet() -> None:
    rows = read_csv(b'slug,title\n"jug","two\nlines"\n\n , \npot,x', HEADER, max_rows=MAX_ROWS)

    assert [row.number for row in rows] == [2, 5]


def test_missing_cell_is_empty_and_a_cell_without_a_column_is_an_error() -> None:
    (short, long) = read_csv(b"slug,title\njug\njug,x,y", HEADER, max_rows=MAX_ROWS)

    assert (short.cells, short.error) == ({"slug": "jug", "title": ""}, "")
    assert long.error.startswith("Cell C3 has no column name above it.")


INVALID: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "The first row must name the columns"),
    "a header alone": (b"slug,title\n", "no rows below the header"),
    "no header": (b"jug,Jug\npot,Pot", "must name the columns"),
    "html": (b"<!doctype html><script>alert(1)</script>", "This is a workbook"),
    "a workbook": (b"PK\x03\x04" + bytes(40), "This is a workbook"),
    "an image": (b"\x89PNG\r\n\x1a\n" + bytes(40), "not a CSV file"),
    "nul": (b"slug,title\njug,a\0b", "not a CSV file"),
    "an unknown column": (b"slug,titel\njug,x", r"Unknown column \u201ctitel\u201d \(B\)"),
    "a column twice": (
        b"slug,title,title\njug,x,y",
        r"\u201ctitle\u201d \(B\), \u201ctitle\u201d \(C\)",
    ),
    "no key": (b"title,price\nJug,48.00", "One of these columns is required: \u201cslug\u201d"),
    "an open quote": (b'slug,title\njug,"never closed\n' + b"pot,x\n" * 9, "quotation mark"),
    "a stray quote": (b'slug,title\njug,"a"b\n', "quotation mark"),
    "too many rows": (b"slug\n" + b"jug\n" * (MAX_ROWS + 1), "more than 100 rows"),
}


@pytest.mark.parametrize("name", INVALID)
def test_invalid_csv_is_rejected_with_a_reason(name: str) -> None:
    data, reason = INVALID[name]

    with pytest.raises(InvalidCsv, match=reason):
        _read(data)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))
def test_written_csv_is_read_back_unchanged(text: str) -> None:
    text = text.replace("\r\n", "\n").replace("\r", "\n")

    assert unescape_cell(str(escape_cell(text))) == text
    assert _read(write_csv(("slug", "title"), [("jug", text)])) == [{"slug": "jug", "title": text}]
    assert unescape_cell(str(escape_cell(text_cell(text)))) == text


@given(st.text("'0123456789 .,:/()%€$+-eEtapmjnMAR", max_size=12))
def test_text_like_a_number_or_date_is_read_back_unchanged(text: str) -> None:
    assert unescape_cell(str(escape_cell(text_cell(text)))) == text


@given(st.binary(max_size=200))
def test_random_bytes_do_not_crash_the_reader(data: bytes) -> None:
    with suppress(InvalidCsv):
        _read(data)


@pytest.mark.parametrize(
    "cell",
    [
        *("=1+1", "+cmd", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "'=1", "''@x"),
        *("\uff1d1+1", "\uff0bcmd", "\uff0d1", "\uff20SUM(A1)", "'\uff1d1"),  # full width
    ],
)
def test_csv_injection_formula_is_escaped_and_unescaped(cell: str) -> None:
    assert str(escape_cell(cell)) == f"'{cell}"
    assert unescape_cell(f"'{cell}") == cell


@pytest.mark.parametrize("cell", ["'tis", "Bo's", "", "5-6"])
def test_other_apostrophes_are_not_escaped(cell: str) -> None:
    assert unescape_cell(cell) == escape_cell(cell) == cell


@pytest.mark.parametrize(
    "text",
    [
        *("00123", "1E36", "1e-5", "4006381333931", "978-0-8044-2957-3", "12.50", "1,200"),
        *("3-4", "1/2", "MAR5", "5. März", "24JAN", "May 2024", "2024-01-05T10:00", "4:30", "5 PM"),
        *("10 %", "5 €", "(5)", "TRUE", "wahr", "'007"),
    ],
)
def test_text_that_a_spreadsheet_would_convert_is_marked_as_text(text: str) -> None:
    assert text_cell(text) == f"'{text}"
    assert unescape_cell(f"'{text}") == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "1984", "0", "Vase 12", "A-12", "E5", "T5", "AM5", "MAY", "Marble 12", "Q1-24"),
        *("978080442957X", "#2f5a52", "3 cm", "Öl", "2,5 kg\n30 cm"),
    ],
)
def test_other_text_is_not_marked(text: str) -> None:
    assert unescape_cell(text_cell(text)) == text_cell(text) == text
