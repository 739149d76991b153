"""Reads CSV files that spreadsheets write, with a clear message when a file is not valid."""

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from app.csv_io.escaping import unescape_cell

DELIMITERS = ",;"  # Excel writes semicolons where the comma is the decimal separator


class InvalidCsv(Exception):
    """The file is not a valid CSV table. The message is for the merchant who uploaded it."""


@dataclass(frozen=True)
class CsvRow:
    """The cells of one row by column name. ``number`` is the row number in the spreadsheet."""

    number: int
    cells: dict[str, str]
    error: str = ""


@dataclass(frozen=True)
class CsvHeader:
    """The columns that a file may have. At least one of the ``required`` ones must be present."""

    columns: Collection[str]
    required: Collection[str]


def read_csv(data: bytes, header: CsvHeader, *, max_rows: int) -> list[CsvRow]:
    """Return the rows of a CSV file, at most ``max_rows``. Raises ``InvalidCsv``.

    The file is UTF-8, with or without a byte order mark, and uses commas or semicolons. Empty rows
    are left out, but count for the row numbers.
    """
    lines = _lines(_text(data), header.columns)
    columns = [name.strip().lower() for name in next(lines, ())]
    _check(columns, header)
    rows = []
    for number, cells in enumerate(lines, 2):
        if any(cell.strip() for cell in cells):
            rows.append(_row(number, columns, cells))
        if len(rows) > max_rows:
            raise InvalidCsv(
                f"The file has more than {max_rows} rows. Split it into several files."
            )
    if not rows:
        raise InvalidCsv("The file has no rows below the header.")
    return rows


def _text(data: bytes) -> str:
    if data.startswith(b"PK"):
        raise InvalidCsv("This is a workbook, not a CSV file. Save it as “CSV UTF-8” first.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidCsv("This is not UTF-8 text. Save it as “CSV UTF-8” first.") from None
    if "\0" in text:
        raise InvalidCsv("This is not a text file: it contains bytes that are not text.")
    return text


def _lines(text: str, known: Collection[str]) -> Iterator[list[str]]:
    """Split the text by the delimiter that yields more known column names."""
    first = text.partition("\n")[0].lower()

    def count_known_columns(delimiter: str) -> int:
        return sum(name.strip('" \r') in known for name in first.split(delimiter))

    # The caller has checked the size of the file. The limit is global, so it is never lowered.
    csv.field_size_limit(max(len(text), csv.field_size_limit()))
    delimiter = max(DELIMITERS, key=count_known_columns)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            message = f"A quotation mark is missing or not closed near line {reader.line_num}."
            raise InvalidCsv(message) from error


def _check(columns: list[str], header: CsvHeader) -> None:
    if not any(name in header.columns for name in columns):
        known = ", ".join(header.columns)
        raise InvalidCsv(f"The first row must name the columns: {known}.")
    if unknown := [name for name in columns if name not in header.columns]:
        raise InvalidCsv(f"Unknown column {_quoted(unknown)}.")
    if duplicates := sorted({name for name in columns if columns.count(name) > 1}):
        raise InvalidCsv(f"The column {_quoted(duplicates)} appears more than once.")
    if not any(name in columns for name in header.required):
        raise InvalidCsv(f"One of these columns is required: {_quoted(header.required)}.")


def _quoted(names: Collection[str]) -> str:
    return ", ".join(f"“{name[:40]}”" for name in list(names)[:5])


def _row(number: int, columns: list[str], cells: list[str]) -> CsvRow:
    if len(cells) != len(columns):
        error = f"This row has {len(cells)} cells, but the header has {len(columns)}."
        return CsvRow(number, {}, error)
    return CsvRow(number, dict(zip(columns, map(unescape_cell, cells), strict=True)))
