from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.csv_io.escaping import as_meant, harmless, written
from app.csv_io.reader import Heading, Unreadable, read_sheet

HEADING = Heading(("slug", "title", "price"), ("slug",))
MANY = 100


def _read(text: str | bytes) -> list[dict[str, str]]:
    data = text.encode() if isinstance(text, str) else text
    return [row.cells for row in read_sheet(data, HEADING, most=MANY)]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_files_of_any_spreadsheet_are_read(mark: str, delimiter: str, end: str) -> None:
    lines = [delimiter.join(cells) for cells in (("slug", "title"), ("jug", "Größer"))]

    assert _read(mark + end.join(lines)) == [{"slug": "jug", "title": "Größer"}]


def test_a_cell_may_hold_delimiters_quotes_and_lines() -> None:
    assert _read('slug,title\njug,"One, ""two""\nthree"') == [
        {"slug": "jug", "title": 'One, "two"\nthree'}
    ]


def test_a_row_has_the_number_that_the_spreadsheet_shows() -> None:
    rows = read_sheet(b'slug,title\n"jug","two\nlines"\n\n , \npot,x', HEADING, most=MANY)

    assert [row.number for row in rows] == [2, 5]


def test_a_row_with_too_few_or_too_many_cells_says_so() -> None:
    (short, long) = read_sheet(b"slug,title\njug\njug,x,y", HEADING, most=MANY)

    assert short.wrong == "This row has 1 cells, the heading 2."
    assert long.wrong == "This row has 3 cells, the heading 2."


REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "The first row has to name the columns"),
    "a heading alone": (b"slug,title\n", "nothing below it"),
    "no heading": (b"jug,Jug\npot,Pot", "has to name the columns"),
    "html": (b"<!doctype html><script>alert(1)</script>", "has to name the columns"),
    "a workbook": (b"PK\x03\x04" + bytes(40), "This is a workbook"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(40), "not UTF-8"),
    "latin-1": ("slug,title\njug,größer".encode("latin-1"), "not UTF-8"),
    "utf-16": ("slug,title\njug,x".encode("utf-16"), "not UTF-8"),
    "nul": (b"slug,title\njug,a\0b", "bytes in it that no spreadsheet writes"),
    "an unknown column": (b"slug,titel\njug,x", "no column named \u201ctitel\u201d"),
    "a column twice": (b"slug,title,title\njug,x,y", "\u201ctitle\u201d twice"),
    "no key": (b"title,price\nJug,48.00", "One of these columns is needed: \u201cslug\u201d"),
    "an open quote": (b'slug,title\njug,"never closed\n' + b"pot,x\n" * 9, "quotation mark"),
    "a stray quote": (b'slug,title\njug,"a"b\n', "quotation mark"),
    "too many rows": (b"slug\n" + b"jug\n" * (MANY + 1), "more than 100 rows"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_table_is_refused_in_plain_words(name: str) -> None:
    data, said = REFUSED[name]

    with pytest.raises(Unreadable, match=said):
        _read(data)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))
def test_what_is_written_is_read_as_it_was_meant(text: str) -> None:
    text = text.replace("\r\n", "\n").replace("\r", "\n")

    assert as_meant(str(harmless(text))) == text
    assert _read(written(("slug", "title"), [("jug", text)])) == [{"slug": "jug", "title": text}]


@given(st.binary(max_size=200))
def test_no_file_whatsoever_breaks_the_reader(data: bytes) -> None:
    with suppress(Unreadable):
        _read(data)


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-1", "@SUM(A1)", "\tx", "\rx", "'=1", "''@x"])
def test_no_cell_is_a_formula_and_all_come_back(cell: str) -> None:
    assert str(harmless(cell)) == f"'{cell}"
    assert as_meant(f"'{cell}") == cell


@pytest.mark.parametrize("cell", ["'tis", "Bo's", "", "5-6"])
def test_an_apostrophe_of_its_own_stays(cell: str) -> None:
    assert as_meant(cell) == harmless(cell) == cell
