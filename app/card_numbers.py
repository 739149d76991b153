"""Numbers of payment cards, which nobody should type anywhere, and which are kept nowhere."""

import re
from collections.abc import Iterator
from itertools import accumulate

from app.i18n.messages import said

CARD_LIKE = re.compile(r"(?:[0-9][ -]?){13,19}")
MOST_GROUPS = 6  # on no card are there more; and who sends us thousands must not keep us busy
GROUPS = re.compile(r"[0-9]+(?:[ -][0-9]+)+")
NO_CARDS = said("Please never type a card number here. We do not need one, and have forgotten it.")


def no_card(text: str) -> str:
    if has_card_number(text):
        raise ValueError(NO_CARDS)
    return text


def has_card_number(text: str) -> bool:
    return any(map(_luhn, _candidates(text)))


def _candidates(text: str) -> Iterator[str]:
    """Digits as they stand together; and of several groups also some, next to another number."""
    yield from (re.sub(r"[ -]", "", run) for run in CARD_LIKE.findall(text))
    for run in GROUPS.findall(text):
        groups = re.split(r"[ -]", run)
        for first in range(len(groups)):
            joined = accumulate(groups[first : first + MOST_GROUPS])
            yield from (it for it in joined if 13 <= len(it) <= 19)


def _luhn(digits: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1, annex B)."""
    doubled = (int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits)))
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0
