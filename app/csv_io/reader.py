"""Reading the CSV files of spreadsheets: which rows are there, or why this is no such file."""

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from app.csv_io.escaping import as_meant

DELIMITERS = ",;"  # the second is what Excel writes where the comma divides euros from cents


class Unreadable(Exception):
    """This file is no table we can use; the message says why, in words for whoever sent it."""


@dataclass(frozen=True)
class Row:
    """One row by the names of its columns; ``number`` is the one a spreadsheet shows beside it."""

    number: int
    cells: dict[str, str]
    wrong: str = ""


@dataclass(frozen=True)
class Heading:
    """The columns that a file may have, and those it must have."""

    columns: Collection[str]
    needed: Collection[str]


def read_sheet(data: bytes, heading: Heading, *, most: int) -> list[Row]:
    """The rows of a CSV file with this heading, at most so many; raises ``Unreadable``.

    UTF-8 with or without a byte order mark, commas or semicolons. Empty rows count, and are left
    out.
    """
    lines = _lines(_text(data), heading.columns)
    columns = [name.strip().lower() for name in next(lines, ())]
    _check(columns, heading)
    rows = []
    for number, cells in enumerate(lines, 2):
        if any(cell.strip() for cell in cells):
            rows.append(_row(number, columns, cells))
        if len(rows) > most:
            raise Unreadable(f"The file has more than {most} rows. Please send it in parts.")
    if not rows:
        raise Unreadable("The file has a heading, and nothing below it.")
    return rows


def _text(data: bytes) -> str:
    if data.startswith(b"PK"):
        raise Unreadable("This is a workbook, not a CSV file. Save it as “CSV UTF-8” first.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("This is not UTF-8 text. Save it as “CSV UTF-8” first.") from None
    if "\0" in text:
        raise Unreadable("This is no text file: it has bytes in it that no spreadsheet writes.")
    return text


def _lines(text: str, known: Collection[str]) -> Iterator[list[str]]:
    """Divided by whichever delimiter gives more names that we know."""
    first = text.partition("\n")[0].lower()

    def names_found(delimiter: str) -> int:
        return sum(name.strip('" \r') in known for name in first.split(delimiter))

    # How large the file may be was asked before. The limit is the whole process's: it only grows.
    csv.field_size_limit(max(len(text), csv.field_size_limit()))
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=max(DELIMITERS, key=names_found), strict=True
    )
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            said = f"Around line {reader.line_num} a quotation mark is missing, or too much."
            raise Unreadable(said) from error


def _check(columns: list[str], heading: Heading) -> None:
    if not any(name in heading.columns for name in columns):
        asked = ", ".join(heading.columns)
        raise Unreadable(f"The first row has to name the columns: {asked}.")
    if unknown := [name for name in columns if name not in heading.columns]:
        raise Unreadable(f"We know no column named {_quoted(unknown)}.")
    if twice := sorted({name for name in columns if columns.count(name) > 1}):
        raise Unreadable(f"The heading has {_quoted(twice)} twice.")
    if not any(name in columns for name in heading.needed):
        raise Unreadable(f"One of these columns is needed: {_quoted(heading.needed)}.")


def _quoted(names: Collection[str]) -> str:
    return ", ".join(f"“{name[:40]}”" for name in list(names)[:5])


def _row(number: int, columns: list[str], cells: list[str]) -> Row:
    if len(cells) != len(columns):
        wrong = f"This row has {len(cells)} cells, the heading {len(columns)}."
        return Row(number, {}, wrong)
    return Row(number, dict(zip(columns, map(as_meant, cells), strict=True)))
