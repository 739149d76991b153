"""Reads CSV files that spreadsheets write, with a clear message when a file is not valid.

A file is made regular before its structure is checked: spreadsheets add a byte order mark, a line
"sep=;", empty columns and blank rows, choose the delimiter, leave out cells at a row's end, and
put a row in quotation marks as a whole if they took it for one cell.
https://www.rfc-editor.org/rfc/rfc4180
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from app.csv_io.decoding import InvalidCsv, decode_text
from app.csv_io.escaping import unescape_cell
from app.text_policy import EDGES, ZERO_WIDTH, to_unicode_form

DELIMITERS = ",;\t|"  # Excel writes semicolons where the comma is the decimal separator
MAX_COLUMNS = 100  # with a name
MAX_HEADER_LENGTH = 64_000  # characters: 16,384 quoted empty columns, the most of a spreadsheet
SEPARATOR_LINE = re.compile(
    r'"?sep=(?P<delimiter>[^"\r\nA-Za-z0-9])"?[,;\t|]*(?:\r\n|\r|\n)', re.IGNORECASE
)
NO_COLUMN = (
    "has no column name above it. Empty the cell or name its column; a text that contains the "
    "separator of the file needs quotation marks."
)
UNCLOSED = (
    "A quotation mark is missing or not closed in row {number}. A cell that contains one needs "
    'quotation marks around it, and the one inside twice: "a 12"" plate".'
)


@dataclass(frozen=True)
class CsvRow:
    """The cells of one row by column name. ``number`` is the row number in the spreadsheet.

    A row that is no ``variant`` has the product's fields or images alone, as some exports do.
    """

    number: int
    cells: dict[str, str]
    error: str = ""
    is_variant: bool = True


class UnknownColumns(InvalidCsv):
    """The columns are not those of the header: the file is another program's, or has no header."""


@dataclass(frozen=True)
class CsvHeader:
    """The columns that a file may have. At least one of the ``required`` ones must be present."""

    columns: Collection[str]
    required: Collection[str]


def read_csv(data: bytes, header: CsvHeader, *, max_rows: int) -> list[CsvRow]:
    """Return the rows of a CSV file, at most ``max_rows``. Raises ``InvalidCsv``.

    Blank rows are left out, but count for the row numbers. A missing cell is empty. The time is
    linear in the length of the file, whose limit is the caller's.
    """
    text = decode_text(data)
    # The caller has checked the size of the file. The limit is global, so it is never lowered.
    csv.field_size_limit(max(len(text), csv.field_size_limit()))
    separator = SEPARATOR_LINE.match(text)
    text = text[separator.end() :] if separator else text
    candidates = (separator["delimiter"] if separator else "") + DELIMITERS
    delimiter = max(candidates, key=lambda it: _count_known_columns(text, it, header))
    records = csv_records(text, delimiter)
    header_number, names = next(records, (1, []))
    headings = _unwrapped(names, delimiter)
    columns = [column_name(heading) for heading in headings]
    while columns and not columns[-1]:
        columns.pop()
    _check(columns, header, header_number)
    rows = []
    for number, cells in records:
        unwrapped = _unwrapped(cells, delimiter)
        is_wrapped = headings != names or ('"' in cells[0] and len(unwrapped) == len(columns))
        rows.append(_row(number, columns, unwrapped if is_wrapped else cells))
        if len(rows) > max_rows:
            raise InvalidCsv(
                f"The file has more than {max_rows} rows. Split it into several files."
            )
    if not rows:
        raise InvalidCsv("The file has no rows below the header.")
    return rows


def _count_known_columns(text: str, delimiter: str, header: CsvHeader) -> int:
    """How many names of the header are known if this is the delimiter."""
    try:
        _, names = next(csv_records(text[:MAX_HEADER_LENGTH], delimiter), (1, []))
    except InvalidCsv:
        return 0
    headings = _unwrapped(names, delimiter)[:MAX_COLUMNS]
    return len({column_name(heading) for heading in headings}.intersection(header.columns))


def csv_records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The records with their row number, without blank ones."""
    reader = _reader(text, delimiter)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InvalidCsv(UNCLOSED.format(number=number)) from error
        if any(cell.strip(EDGES) for cell in cells):
            yield number, cells


def _unwrapped(cells: list[str], delimiter: str) -> list[str]:
    """The cells of a row that a spreadsheet took for one cell."""
    if not cells or delimiter not in cells[0] or any(cell.strip(EDGES) for cell in cells[1:]):
        return cells
    try:
        return next(_reader(cells[0], delimiter), cells)
    except csv.Error:
        return cells


def _reader(text: str, delimiter: str) -> Iterator[list[str]]:
    lines = io.StringIO(text, newline="")
    return csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)


def column_name(heading: str) -> str:
    """The name that a heading stands for: "compare_at" for "Compare at" or " COMPARE-AT "."""
    if len(heading) > MAX_HEADER_LENGTH:
        return heading
    visible = "".join(it for it in heading if it not in ZERO_WIDTH)
    words = to_unicode_form("NFKC", visible).lower().replace("-", " ")
    return "_".join(words.replace("_", " ").split())


def _check(columns: list[str], header: CsvHeader, row: int) -> None:
    if len(columns) > MAX_COLUMNS:
        raise InvalidCsv(f"Row {row} has more than {MAX_COLUMNS} columns. Remove some of them.")
    known = ", ".join(header.columns)
    if not any(name in header.columns for name in columns):
        raise UnknownColumns(f"The first row must name the columns: {known}.")
    unknown = {name for name in columns if name and name not in header.columns}
    if unknown:
        where = _located(columns, unknown)
        raise UnknownColumns(f"Unknown column {where}. Remove it, or rename it to one of: {known}.")
    repeated = {name for name, count in Counter(columns).items() if name and count > 1}
    if repeated:
        where = _located(columns, repeated)
        raise InvalidCsv(f"A column appears more than once: {where}. Keep one of each.")
    if not any(name in columns for name in header.required):
        raise UnknownColumns(f"One of these columns is required: {_quoted(header.required)}.")


def _located(columns: list[str], names: Collection[str]) -> str:
    """The columns of these names as a spreadsheet shows them, such as “titel” (B), up to five."""
    found = [(index, name) for index, name in enumerate(columns) if name in names]
    return ", ".join(f"{_quoted([name])} ({_reference(index)})" for index, name in found[:5])


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"“{name[:40]}”" for name in names)


def _reference(index: int) -> str:
    """The name of a column in a spreadsheet: A to Z, AA, AB and so on."""
    before, last = divmod(index, 26)
    return (_reference(before - 1) if before else "") + chr(ord("A") + last)


def _row(number: int, columns: list[str], cells: list[str]) -> CsvRow:
    named = {}
    for index, cell in enumerate(cells):
        if index < len(columns) and columns[index]:
            named[columns[index]] = unescape_cell(cell)
        elif cell.strip(EDGES):
            return CsvRow(number, {}, f"Cell {_reference(index)}{number} {NO_COLUMN}")
    return CsvRow(number, {name: named.get(name, "") for name in columns if name})
