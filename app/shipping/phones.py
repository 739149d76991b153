"""Phone numbers: read as people type them, and where the carrier needs one."""

import re
import unicodedata

from app.text_policy import to_unicode_form
from app.vat import STANDARD_RATES

# A number with its country code has at most 15 digits, https://www.itu.int/rec/T-REC-E.164. Without
# one it has fewer than any payment card number, so that none is stored here.
INTERNATIONAL = re.compile(r"(?:\+|00)[0-9]{7,15}")
NATIONAL = re.compile(r"[0-9]{5,13}")
TRUNK_ZERO = re.compile(r"\(0\)")  # of the country's own numbers, as in "+49 (0)30 1234567"
SEPARATORS = re.compile(r"[-\u2010-\u2015\u2212 ./()]")
EXAMPLE = "+49 30 1234567"
MAX_LENGTH = 30


class InvalidPhone(ValueError):
    """The text is no phone number."""


def is_phone_required(country: str) -> bool:
    """Whether the carrier needs a number: outside the European Union, for the customs."""
    return country not in STANDARD_RATES


def read_phone(text: str) -> str:
    """The number as it was typed, in ASCII digits. Reading the result again changes nothing.

    Raises ``InvalidPhone``.
    """
    plain = " ".join(to_unicode_form("NFKC", text).split())
    number = "".join(str(unicodedata.decimal(it, it)) for it in plain)
    compact = SEPARATORS.sub("", TRUNK_ZERO.sub("", number))
    if not (INTERNATIONAL.fullmatch(compact) or NATIONAL.fullmatch(compact)):
        raise InvalidPhone(text)
    return number
