"""CSV injection: exported cells that a spreadsheet would run as a formula are escaped.

https://owasp.org/www-community/attacks/CSV_Injection

Texts that a spreadsheet would convert are escaped in the same way: the SKU ``00123`` would become
123, ``1E36`` 1E+36, and ``MAR5`` a date. LibreOffice keeps the apostrophe and the text.
"""

import csv
import io
import re
from collections.abc import Collection, Iterable, Sequence

# Excel reads the full-width characters as formulas too in some regions.
FULL_WIDTH_PREFIXES = ("\uff1d", "\uff0b", "\uff0d", "\uff20")
FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r", "\n", *FULL_WIDTH_PREFIXES)
ESCAPE_PREFIX = "'"

# What a spreadsheet may convert has digits, and no other words than those of numbers and dates
# in English and German. Integers of up to 11 digits without leading zeros stay as they are.
MONTHS = (
    "january jan januar jänner jän february feb februar march mar märz mrz april apr may mai"
    " june jun juni july jul juli august aug september sept sep october oct oktober okt"
    " november nov december dec dezember dez"
)
WORDS = frozenset(f"{MONTHS} eur usd".split())
TRUTH_VALUES = frozenset({"true", "false", "wahr", "falsch"})
MAX_CONVERTED = 80  # characters
SIGNS = frozenset(" .,:/()%€$£+'-")
# Beside digits: the e of 1.5e-3, the t of 2026-05-14t11:00, and at the end am or pm.
EXPONENT_OR_TIME = re.compile(
    r"(?<=[0-9.,])e(?=[+-]?[0-9])|(?<=[0-9])t(?=[0-9])|(?<=[0-9]) ?[ap]m\Z|(?<=[0-9] )[ap]\Z"
)
WORD = re.compile(r"[a-zä]+")
KEPT_NUMBER = re.compile(r"0|[1-9][0-9]{0,10}")

type Cell = str | int


def is_converted(text: str) -> bool:
    """Whether a spreadsheet may take the text for a number, a date, a time or a truth value."""
    lower = text.lower()
    if lower in TRUTH_VALUES:
        return True
    if len(text) > MAX_CONVERTED or not any("0" <= it <= "9" for it in text):
        return False
    rest = EXPONENT_OR_TIME.sub("", lower)
    has_other_signs = any(not ("0" <= it <= "9" or it in SIGNS) for it in WORD.sub("", rest))
    is_number_or_date = not has_other_signs and WORDS.issuperset(WORD.findall(rest))
    return is_number_or_date and not KEPT_NUMBER.fullmatch(text)


def text_cell(text: str) -> str:
    """The text as a cell that a spreadsheet keeps as text. Numbers and dates are no such cells."""
    plain = text.lstrip(ESCAPE_PREFIX)
    is_kept = plain.startswith(FORMULA_PREFIXES) or not is_converted(plain)  # or escaped later
    return text if is_kept else f"{ESCAPE_PREFIX}{text}"


def escape_cell(cell: Cell) -> Cell:
    """Prefix a formula with an apostrophe, also after apostrophes that it already begins with."""
    is_formula = isinstance(cell, str) and cell.lstrip(ESCAPE_PREFIX).startswith(FORMULA_PREFIXES)
    return f"{ESCAPE_PREFIX}{cell}" if is_formula else cell


def unescape_cell(cell: str) -> str:
    """Undo ``escape_cell`` and ``text_cell``: remove the one apostrophe that they add."""
    if not cell.startswith(ESCAPE_PREFIX):
        return cell
    plain = cell.lstrip(ESCAPE_PREFIX)
    is_escaped = plain.startswith(FORMULA_PREFIXES) or is_converted(plain)
    return cell[1:] if is_escaped else cell


def write_csv(header: Sequence[str], rows: Collection[Sequence[Cell]]) -> str:
    """Return a CSV file with escaped cells."""
    return write_rows([header]) + write_rows(rows)


def write_rows(rows: Iterable[Sequence[Cell]]) -> str:
    """Return rows of a CSV file with escaped cells, without a header."""
    out = io.StringIO()
    csv.writer(out).writerows([escape_cell(cell) for cell in row] for row in rows)
    return out.getvalue()
