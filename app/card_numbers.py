"""Payment card numbers are rejected in every text field and never stored."""

import re
from collections.abc import Iterator
from itertools import accumulate

from app.i18n.messages import lazy_gettext

CARD_LIKE = re.compile(r"(?:[0-9][ -]?){13,19}")
MAX_GROUPS = 6  # no card number has more groups; the limit bounds the work for hostile input
GROUPS = re.compile(r"[0-9]+(?:[ -][0-9]+)+")
CARD_NUMBER_REJECTED = lazy_gettext(
    "Please don't enter card numbers here. We haven't stored it.",
)


def reject_card_number(text: str) -> str:
    """Return the text unchanged. Raises ``ValueError`` if it contains a card number."""
    if has_card_number(text):
        raise ValueError(CARD_NUMBER_REJECTED)
    return text


def has_card_number(text: str) -> bool:
    return any(map(_passes_luhn_check, _candidates(text)))


def _candidates(text: str) -> Iterator[str]:
    """Yield digit runs of 13 to 19 digits, also as part of a longer list of digit groups."""
    yield from (re.sub(r"[ -]", "", run) for run in CARD_LIKE.findall(text))
    for run in GROUPS.findall(text):
        groups = re.split(r"[ -]", run)
        for first in range(len(groups)):
            joined = accumulate(groups[first : first + MAX_GROUPS])
            yield from (digits for digits in joined if 13 <= len(digits) <= 19)


def _passes_luhn_check(digits: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1, annex B)."""
    doubled = (int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits)))
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0
