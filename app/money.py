"""Money is whole cents everywhere; only this place writes it for people, or reads it of them."""

import re
from decimal import Decimal
from functools import lru_cache

CURRENCY = "EUR"
VAT_PERCENT = 19
AS_TYPED = re.compile(r"([0-9]{1,5})(?:\.([0-9]{2}))?")


class Price(int):
    """Cents that a message tells of: written as money in the language of whoever reads it."""

    def __str__(self) -> str:
        return formatted(self)


@lru_cache(maxsize=1024)
def formatted(cents: int, locale: str = "en_GB") -> str:
    from babel.numbers import format_currency  # noqa: PLC0415 (late: only doors write amounts)

    return format_currency(Decimal(cents) / 100, CURRENCY, locale=locale)


def plain(cents: int) -> str:
    """As a merchant types it, and ``read_price`` reads it."""
    return f"{cents // 100}.{cents % 100:02d}"


def read_price(typed: str) -> int:
    """The cents of "48.00" or "48", exactly; raises ``ValueError`` for any other way to write it.

    No sign, no exponent, no comma, no third decimal, nothing above 99,999.99, and not nought.
    """
    cents = read_amount(typed)
    if not cents:
        raise ValueError("We give nothing away for nothing. Please name a price.")
    return cents


def read_amount(typed: str) -> int:
    """Like ``read_price``, for what may also be nought."""
    found = AS_TYPED.fullmatch(typed)
    if not found:
        raise ValueError("Please write it like 48.00, up to 99999.99.")
    return int(found[1]) * 100 + int(found[2] or 0)


def vat_included(gross: int) -> int:
    """The tax inside a price that includes it, rounded half up to a cent."""
    return (gross * VAT_PERCENT * 2 + 100 + VAT_PERCENT) // (2 * (100 + VAT_PERCENT))
