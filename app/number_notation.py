"""Numbers as people and spreadsheets write them: look-alike characters, and digits in groups.

https://cldr.unicode.org/translation/number-currency-formats/number-symbols
"""

import re
from decimal import Decimal

from app.text_policy import DIRECTION_MARKS, ZERO_WIDTH

MAX_NUMBER_LENGTH = 40  # characters; a longer text is refused before it is read
# Characters that look like those of a number: blanks, apostrophes, minus signs, full-width forms.
# Characters without a width are left out.
LOOKALIKES = str.maketrans(
    {
        **dict.fromkeys("\xa0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009", " "),
        **dict.fromkeys("\u200a\u202f\u205f\u3000", " "),
        **dict.fromkeys("\u2018\u2019\u02bc\xb4`", "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63", "-"),
        **dict.fromkeys(ZERO_WIDTH + DIRECTION_MARKS, ""),
        **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    }
)
GROUP_MARK = re.compile(r"[ '.,]")
WHOLE = re.compile(r"(?:\+ ?)?(?P<number>[0-9](?:[0-9 '.,]{0,38}[0-9])?)")


def plain_number(text: str) -> str:
    """The text with ASCII characters for those that look like them, and without blanks around."""
    return text.translate(LOOKALIKES).strip()


def ungrouped(number: str) -> str | None:
    """The digits of a whole number, which may be in groups of three; None if they are not."""
    marks = set(GROUP_MARK.findall(number))
    if not marks:
        return number
    first, *groups = number.split(min(marks))
    is_grouped = 1 <= len(first) <= 3 and first[0] != "0" and all(len(it) == 3 for it in groups)
    return first + "".join(groups) if is_grouped and len(marks) == 1 else None


def whole_readings(text: str) -> list[int]:
    """The whole numbers that a text can mean, the largest first; empty if it is none.

    Digits may be in groups, and decimals may be zeros: "1,250" and "1250.00" are 1250. "12,000" is
    12000 in English and 12 in German, where some programs write quantities with three decimals.
    """
    if len(text) > MAX_NUMBER_LENGTH or not (match := WHOLE.fullmatch(plain_number(text))):
        return []
    number = match["number"]
    readings = [ungrouped(number)]
    mark = next((it for it in reversed(number) if it in ".,"), "")
    whole, _, decimals = number.rpartition(mark) if mark else ("", "", "")
    if whole and mark not in whole and not decimals.strip("0"):
        readings.append(ungrouped(whole))
    return sorted({int(it) for it in readings if it}, reverse=True)


def decimal_reading(text: str) -> Decimal | None:
    """A number with decimals, such as a weight: "1.5", "1,5" or "1.234,5"; None if it is none.

    A single separator is that of the decimals: weights have three of them, as in "0,250" kg.
    """
    plain = plain_number(text) if len(text) <= MAX_NUMBER_LENGTH else ""
    plain = f"0{plain}" if plain.startswith((".", ",")) else plain
    if not (match := WHOLE.fullmatch(plain)):
        return None
    mark = next((it for it in reversed(match["number"]) if it in ".,"), ".")
    whole, _, decimals = match["number"].partition(mark)
    digits = ungrouped(whole)
    is_number = digits and (decimals or "0").isdecimal()
    return Decimal(f"{digits}.{decimals or 0}") if is_number else None
