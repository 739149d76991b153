"""Money is an integer number of cents. This module parses and formats it."""

import re
from decimal import Decimal
from functools import lru_cache

CURRENCY = "EUR"
AMOUNT_PATTERN = re.compile(r"([0-9]{1,5})(?:\.([0-9]{2}))?")


class Money(int):
    """Cents inside a translatable message. The message formats them in the reader's language."""

    def __str__(self) -> str:
        return format_money(self)


@lru_cache(maxsize=1024)
def format_money(cents: int, locale: str = "en_GB") -> str:
    from babel.numbers import format_currency  # noqa: PLC0415 (late: most functions need no Babel)

    return format_currency(Decimal(cents) / 100, CURRENCY, locale=locale)


def format_plain(cents: int) -> str:
    """Format cents for forms and CSV files, as ``parse_price`` reads them: "48.00"."""
    return f"{cents // 100}.{cents % 100:02d}"


def parse_price(text: str) -> int:
    """Return the cents of "48.00" or "48". Raises ``ValueError`` for any other notation.

    There is no sign, exponent, comma or third decimal. The price is 0.01 to 99,999.99.
    """
    cents = parse_amount(text)
    if not cents:
        raise ValueError("Enter a price above 0.00.")
    return cents


def parse_amount(text: str) -> int:
    """Like ``parse_price``, but 0 is allowed."""
    match = AMOUNT_PATTERN.fullmatch(text)
    if not match:
        raise ValueError("Enter a price like 48.00, up to 99999.99.")
    return int(match[1]) * 100 + int(match[2] or 0)
