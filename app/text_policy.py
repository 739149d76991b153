"""The policy for free text: which characters a form, a CSV row or the API may contain.

What displays safely is allowed, in any script: no-break spaces, emoji joined by ZWJ, ZWNJ and
combining marks. Refused are control characters, overrides of the writing direction (they let a
text pose as another one, https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing),
lone surrogates and noncharacters (not valid in UTF-8 or in interchange), hidden tag characters
outside flags, and text that is invisible as a whole. Accepted text is kept in NFC.
"""

import re
import unicodedata
from typing import Literal

MAX_TEXT_LENGTH = 10_000  # no field has more; a longer text is refused before it is read
LINE_BREAKS = re.compile(r"\r\n|[\r\u2028\u2029]")
# Controls but for tabs and line breaks, bidi overrides and isolates, surrogates, noncharacters
# (the last two code points of each plane) and tag characters.
REFUSED = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
    r"\u202a-\u202e\u2066-\u206f\ufff9-\ufffb\ud800-\udfff\ufdd0-\ufdef"
    r"\U0000fffe\U0000ffff\U0001fffe\U0001ffff\U0002fffe\U0002ffff"
    r"\U0003fffe\U0003ffff\U0004fffe\U0004ffff\U0005fffe\U0005ffff"
    r"\U0006fffe\U0006ffff\U0007fffe\U0007ffff\U0008fffe\U0008ffff"
    r"\U0009fffe\U0009ffff\U000afffe\U000affff\U000bfffe\U000bffff"
    r"\U000cfffe\U000cffff\U000dfffe\U000dffff\U000efffe\U000effff"
    r"\U000ffffe\U000fffff\U0010fffe\U0010ffff"
    r"\U000e0000-\U000e007f]"
)
FLAG = re.compile(r"\U0001f3f4[\U000e0030-\U000e007a]{1,6}\U000e007f")  # such as Scotland's
# The Stream-Safe Text Format bounds the work of NFC: https://www.unicode.org/reports/tr15/
MAX_MARKS = 30
MARKS_IN_DISGUISE = "\u0f73\u0f75\u0f81\uff9e\uff9f"  # decompose into nothing but combining marks
ZERO_WIDTH = "\u200b\u2060\ufeff"  # blanks without a width, which are copied unseen
# Marks of the writing direction that Windows and Outlook copy together with an address or a number.
DIRECTION_MARKS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
EDGES = (  # every blank that `str.isspace` knows, and those that have no width
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000" + ZERO_WIDTH
)
# Characters that display nothing, but are no blanks: Hangul fillers, Braille blank, selectors.
BLANK_SYMBOLS = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    r"\U000e0100-\U000e01ef]"
)
INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})


def normalize_text(text: str) -> str:
    """NFC, ``\\n`` for every line break, and no blanks around; twice is the same as once."""
    return to_unicode_form("NFC", LINE_BREAKS.sub("\n", text)).strip(EDGES)


def to_unicode_form(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """Normalise a text in linear time. Of a longer run of marks, ``MAX_MARKS`` are kept.

    Python sorts each run of combining marks in quadratic time.
    """
    if has_too_many_marks(text):
        text = _with_few_marks(text)
    return unicodedata.normalize(form, text)


def _with_few_marks(text: str) -> str:
    kept, marks = [], 0
    for character in text:
        marks = marks + 1 if _is_mark(character) else 0
        if marks <= MAX_MARKS:
            kept.append(character)
    return "".join(kept)


def _is_mark(character: str) -> bool:
    return unicodedata.combining(character) > 0 or character in MARKS_IN_DISGUISE


def clean_search_text(text: str) -> str:
    """Normalise a search text on one line, without the characters that no field may contain.

    A field would refuse such a text; a search finds what the other characters name. Twice is the
    same as once. At most ``MAX_TEXT_LENGTH`` characters are read.
    """
    text = " ".join(REFUSED.sub("", text[:MAX_TEXT_LENGTH]).split())
    if has_too_many_marks(text):
        text = "".join(it for it in text if not _is_mark(it))
    text = normalize_text(text)
    return "" if is_invisible(text) else text


def refused_character(text: str) -> str | None:
    """The first character that no field may contain, such as ``U+202E``."""
    refused = REFUSED.search(FLAG.sub("", text))
    return f"U+{ord(refused[0]):04X}" if refused else None


def has_too_many_marks(text: str) -> bool:
    """Whether more than ``MAX_MARKS`` combining marks follow each other."""
    if len(text) <= MAX_MARKS or text.isascii():
        return False
    marks = 0
    for character in text:
        marks = marks + 1 if _is_mark(character) else 0
        if marks > MAX_MARKS:
            return True
    return False


def is_invisible(text: str) -> bool:
    """Whether a text displays nothing at all, although it may not be empty."""
    return all(
        unicodedata.category(it) in INVISIBLE_CATEGORIES or BLANK_SYMBOLS.match(it) for it in text
    )
