"""Payment card numbers are rejected in free text and never stored.

A check digit proves nothing: one number in ten has a valid one. A card number is therefore a
number that an issuer's range, the lengths of that range, the usual grouping and the check digit
(Luhn) all allow. Ranges and lengths: https://github.com/braintree/credit-card-type. Visa numbers
of 13 digits and Maestro numbers of fewer than 16 are no longer issued; barcodes and parcel numbers
look like them.
"""

import re
import string
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.i18n.messages import lazy_gettext

CARD_NUMBER_REJECTED = lazy_gettext(
    "Please don't enter card numbers here. We haven't stored it.",
)
# First and last prefix of each range of issuers, and the lengths of their numbers.
ISSUERS: tuple[tuple[str, str, frozenset[int]], ...] = (
    ("4", "4", frozenset({16, 18, 19})),  # Visa
    ("51", "55", frozenset({16})),  # Mastercard
    ("2221", "2720", frozenset({16})),  # Mastercard
    ("34", "34", frozenset({15})),  # American Express
    ("37", "37", frozenset({15})),  # American Express
    ("300", "305", frozenset({14, 16, 19})),  # Diners Club
    ("36", "36", frozenset({14, 16, 19})),  # Diners Club
    ("38", "39", frozenset({14, 16, 19})),  # Diners Club
    ("6011", "6011", frozenset({16, 19})),  # Discover
    ("644", "659", frozenset({16, 19})),  # Discover
    ("3528", "3589", frozenset({16, 17, 18, 19})),  # JCB
    ("62", "62", frozenset({16, 17, 18, 19})),  # UnionPay
    ("81", "81", frozenset({16, 17, 18, 19})),  # UnionPay
    ("2200", "2204", frozenset({16, 17, 18, 19})),  # Mir
    ("500", "509", frozenset({16, 17, 18, 19})),  # Maestro
    ("56", "59", frozenset({16, 17, 18, 19})),  # Maestro
    ("63", "63", frozenset({16, 17, 18, 19})),  # Maestro
    ("67", "67", frozenset({16, 17, 18, 19})),  # Maestro
)
MIN_LENGTH, MAX_LENGTH = 14, 19
MAX_GROUPS = 5
GROUPINGS = frozenset({(4, 6, 5), (4, 6, 4), (8, 8), (6, 13)})  # besides groups of four
GROUP = re.compile(r"[0-9]+|[^\W0-9_]+")
SEPARATOR = re.compile(r"[ .-]{1,3}")
MAX_PHONE_LENGTH = 15  # E.164: https://www.itu.int/rec/T-REC-E.164
# SSCC (DHL and others) and the 22 digits of USPS and FedEx: parcel numbers written in fours.
PARCEL_NUMBER = re.compile(r"00[0-9]{18}|9[2-6][0-9]{20}")
MIN_IBAN_LENGTH, MAX_IBAN_LENGTH = 15, 34
IBAN_START = re.compile(r"[A-Z]{2}[0-9]{2}")


@dataclass(frozen=True)
class Group:
    """A word or a run of digits, and the characters between it and the group before it."""

    text: str
    gap: str

    @property
    def is_number(self) -> bool:
        return self.text[0] in string.digits  # `str.isdigit` also knows superscripts

    @property
    def continues_number(self) -> bool:
        return self.is_number and SEPARATOR.fullmatch(self.gap) is not None


def reject_card_number(text: str) -> str:
    """Return the text unchanged. Raises ``ValueError`` if it contains a card number."""
    if has_card_number(text):
        raise ValueError(CARD_NUMBER_REJECTED)
    return text


def has_card_number(text: str) -> bool:
    """Time is linear in the length of the text: every group starts a bounded number of checks."""
    return any(_has_card(number) for number in _numbers(_groups(text)))


def _groups(text: str) -> list[Group]:
    plain = text if text.isascii() else "".join(map(_plain, text))
    groups, end = [], 0
    for found in GROUP.finditer(plain):
        groups.append(Group(found[0], plain[end : found.start()]))
        end = found.end()
    return groups


@lru_cache(maxsize=1024)
def _plain(character: str) -> str:
    """Digits, blanks and dashes of any script in ASCII; characters without width disappear."""
    kind = unicodedata.category(character)
    if kind == "Nd":
        return str(unicodedata.decimal(character))
    return {"Zs": " ", "Pd": "-", "Cf": ""}.get(kind, character)


def _numbers(groups: Sequence[Group]) -> Iterator[list[Group]]:
    """Yield the groups of each number that may be a card's, without bank accounts."""
    start = 0
    while start < len(groups):
        end = _end_of_iban(groups, start)
        if end == start:
            end = _end_of_number(groups, start)
            if groups[start].is_number:
                yield list(groups[start:end])
        start = end


def _end_of_number(groups: Sequence[Group], start: int) -> int:
    end = start + 1
    while groups[start].is_number and end < len(groups) and groups[end].continues_number:
        end += 1
    return end


def _end_of_iban(groups: Sequence[Group], start: int) -> int:
    """The index after the IBAN that starts here, or ``start`` if none does (ISO 13616)."""
    account = groups[start].text.upper()
    end = start + 1
    is_inside_a_word = start > 0 and not groups[start].gap
    if len(account) > MAX_IBAN_LENGTH or groups[start].is_number or is_inside_a_word:
        return start
    for group in groups[end : end + MAX_IBAN_LENGTH]:
        if not _continues_iban(group, account):
            break
        account += group.text.upper()
        end += 1
        if len(account) >= MIN_IBAN_LENGTH and _is_iban(account):
            return end
        if len(account) >= 4 and not IBAN_START.match(account):
            break
    return start


def _continues_iban(group: Group, account: str) -> bool:
    return len(account) + len(group.text) <= MAX_IBAN_LENGTH and group.gap in ("", " ", "-")


def _is_iban(account: str) -> bool:
    if not (account.isascii() and IBAN_START.match(account)):
        return False
    return int("".join(str(int(it, 36)) for it in account[4:] + account[:4])) % 97 == 1


def _has_card(number: Sequence[Group]) -> bool:
    is_short = len(number) <= MAX_LENGTH  # each group has a digit at least
    digits = "".join(it.text for it in number) if is_short else ""
    if PARCEL_NUMBER.fullmatch(digits):
        return False
    if number[0].gap.endswith("+") and 0 < len(digits) <= MAX_PHONE_LENGTH:
        return False
    return any(map(_is_card_number, _candidates([it.text for it in number])))


def _candidates(groups: Sequence[str]) -> Iterator[str]:
    """Yield consecutive groups that are grouped as on a card, as one number."""
    for start in range(len(groups)):
        for end in range(start + 1, min(start + MAX_GROUPS, len(groups)) + 1):
            lengths = tuple(map(len, groups[start:end]))
            if MIN_LENGTH <= sum(lengths) <= MAX_LENGTH and _is_grouped_as_card(lengths):
                yield "".join(groups[start:end])


def _is_grouped_as_card(lengths: tuple[int, ...]) -> bool:
    in_fours = all(it == 4 for it in lengths[:-1]) and lengths[-1] <= 4
    return len(lengths) == 1 or in_fours or lengths in GROUPINGS


def _is_card_number(digits: str) -> bool:
    return _is_issued(digits) and _passes_luhn_check(digits)


def _is_issued(digits: str) -> bool:
    return any(
        first <= digits[: len(first)] <= last and len(digits) in lengths
        for first, last, lengths in ISSUERS
    )


def _passes_luhn_check(digits: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1, annex B)."""
    doubled = (int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits)))
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0
