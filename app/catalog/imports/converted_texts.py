"""Texts that a spreadsheet has converted to a number or a date, and what they were before.

It makes 123 of ``00123``, 1.00E+36 of ``1E36``, 4.00638E+12 of an EAN, and of ``MAR5`` a date that
it writes in many ways: 5-Mar, 05. Mrz, 03/05/26.
"""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import combinations

from app.catalog.product_fields import normalize_sku
from app.csv_io.escaping import is_converted

MONTHS = (
    *("Jan", "Feb", "Mar|Mär|Mrz", "Apr", "May|Mai", "Jun"),
    *("Jul", "Aug", "Sep", "Oct|Okt", "Nov", "Dec|Dez"),
)
MONTH_NUMBERS = {name: i for i, names in enumerate(MONTHS, 1) for name in names.upper().split("|")}
MAX_LENGTH = 40
# With a sign or decimals, as no SKU is written: 1E+36, 4.00638E+12, 4,00638E+12.
EXPONENT = re.compile(r"[0-9](?:[.,](?P<decimals>[0-9]{1,15}))?E(?P<sign>[+-])[0-9]{1,3}")
# Capitals and small letters, as spreadsheets write the names of months: "5-MAR" is a SKU.
DATE = re.compile(
    r"[0-9]{1,2}(?:-|\. ?| )"
    r"(?:Jan|Feb|Mar|Mär|Mrz|Apr|May|Mai|Jun|Jul|Aug|Sep|Oct|Okt|Nov|Dec|Dez)"
    r"(?:[-. ]{1,2}[0-9]{2,4})?"
    r"|(?:Jan|Feb|Mar|Mär|Mrz|Apr|May|Mai|Jun|Jul|Aug|Sep|Oct|Okt|Nov|Dec|Dez)[- ][0-9]{2,4}"
    r"|[0-9]{1,2}(?:\.[0-9]{1,2}\.|/[0-9]{1,2}/)(?:[0-9]{2}|[0-9]{4})?"
    r"|[0-9]{2}:[0-9]{2}:[0-9]{2}(?: [AP]M)?"
)
NUMBER = re.compile(r"[0-9]{1,40}(?:E[0-9]{1,3})?")
PARTS = re.compile(r"[0-9]{1,4}|[A-ZÄ]{1,12}")

type Parts = tuple[int, ...]


def looks_converted(text: str) -> bool:
    """Whether a spreadsheet writes a number or a date like that, and people no SKU."""
    if len(text) > MAX_LENGTH:
        return False
    exponent = EXPONENT.fullmatch(text)
    is_number = exponent and (exponent["decimals"] or exponent["sign"] == "+")
    return bool(is_number or DATE.fullmatch(text))


class OriginalTexts:
    """Finds the text that a spreadsheet has converted to what is in a cell."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.known = set(texts)
        self.numbers: dict[Decimal, str] = {}
        self.dates: dict[Parts, str] = {}
        self.rounded: dict[int, dict[str, str]] = {}  # by number of decimals
        for text in sorted(it for it in self.known if is_converted(it)):
            if NUMBER.fullmatch(text):
                self.numbers.setdefault(Decimal(text), text)
            elif parts := _parts(text):
                self.dates.setdefault(parts, text)

    def find(self, cell: str) -> str:
        """The text that the cell stood for, or "" if it is none or the text itself."""
        text = cell.strip()
        if len(text) > MAX_LENGTH or {text, sku := normalize_sku(text)} & self.known:
            return ""
        if exponent := EXPONENT.fullmatch(text):
            return self._find_rounded(exponent)
        if NUMBER.fullmatch(sku):
            return self.numbers.get(Decimal(sku), "")
        if not DATE.fullmatch(text):
            return ""
        return next((self.dates[it] for it in _possible_parts(text) if it in self.dates), "")

    def _find_rounded(self, exponent: re.Match[str]) -> str:
        decimals = len(exponent["decimals"] or "")
        if decimals not in self.rounded:
            self.rounded[decimals] = {
                f"{number:.{decimals}E}": text for number, text in self.numbers.items()
            }
        value = Decimal(exponent[0].replace(",", "."))
        return self.rounded[decimals].get(f"{value:.{decimals}E}", "")


def _parts(text: str) -> Parts:
    """The numbers of day, month and year in any order, the year with two digits."""
    words = PARTS.findall(text.upper())
    numbers = [int(it) % 100 if it.isdecimal() else MONTH_NUMBERS.get(it[:3], -1) for it in words]
    return tuple(sorted(numbers)) if len(numbers) in (2, 3) and min(numbers) >= 0 else ()


def _possible_parts(cell: str) -> Iterator[Parts]:
    """All parts of a date, and two of three: a spreadsheet has added the year or the first day."""
    parts = _parts(cell)
    yield parts
    yield from combinations(parts, 2)
