"""Reads a CSV file whose columns are not known: its rows, and what its first row may name."""

import csv
from dataclasses import dataclass

from app.csv_io.decoding import InvalidCsv, decode_text
from app.csv_io.escaping import unescape_cell
from app.csv_io.reader import DELIMITERS, SEPARATOR_LINE, csv_records
from app.text_policy import EDGES

MAX_TABLE_COLUMNS = 300  # exports of shops have many columns that are empty
SAMPLE_LENGTH = 64_000  # characters from which the delimiter is guessed
EMPTY_WORDS = frozenset({"null", "\\n", "#n/a"})  # as databases and spreadsheets write no value

type Record = tuple[int, list[str]]


@dataclass(frozen=True)
class CsvTable:
    """The rows that are not blank with their number in the spreadsheet, the first one included."""

    records: list[Record]

    @property
    def width(self) -> int:
        return max(len(cells) for _, cells in self.records)


def read_table(data: bytes, *, max_rows: int) -> CsvTable:
    """Return the table of a file. Raises ``InvalidCsv``.

    Quotation marks in a cell may be doubled, or escaped by a backslash as in exports of MySQL.
    """
    text = decode_text(data)
    csv.field_size_limit(max(len(text), csv.field_size_limit()))
    separator = SEPARATOR_LINE.match(text)
    text = text[separator.end() :] if separator else text
    delimiter = separator["delimiter"] if separator else _guess_delimiter(text)
    try:
        records = _read(text, delimiter, max_rows)
    except InvalidCsv:
        if '\\"' not in text:
            raise
        records = _read(text.replace('\\"', '""'), delimiter, max_rows)
    if not records:
        raise InvalidCsv("The file is empty. Choose a file with a row for each product.")
    return CsvTable(records)


def _read(text: str, delimiter: str, max_rows: int) -> list[Record]:
    records: list[Record] = []
    for number, cells in csv_records(text, delimiter):
        values = [_cell(cell) for cell in cells]
        while values and not values[-1]:
            values.pop()
        if len(values) > MAX_TABLE_COLUMNS:
            raise InvalidCsv(
                f"Row {number} has more than {MAX_TABLE_COLUMNS} columns. Remove some of them."
            )
        records.append((number, values))
        if len(records) > max_rows + 1:
            raise InvalidCsv(
                f"The file has more than {max_rows} rows. Split it into several files."
            )
    return records


def _cell(cell: str) -> str:
    value = unescape_cell(cell).strip(EDGES)
    return "" if value.lower() in EMPTY_WORDS else value


def _guess_delimiter(text: str) -> str:
    """The one that most cells of the first row are separated by."""
    first = text[:SAMPLE_LENGTH].lstrip().partition("\n")[0]
    return max(DELIMITERS, key=lambda it: _unquoted(first).count(it))


def _unquoted(line: str) -> str:
    return "".join(line.split('"')[::2])
