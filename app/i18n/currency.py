"""The shop's currency, and amounts of it as people read them. An amount is an integer of cents."""

from decimal import Decimal
from functools import lru_cache

CURRENCY = "EUR"


class Money(int):
    """Cents inside a translatable message. The message formats them in the reader's language."""

    def __str__(self) -> str:
        return format_money(self)


class PlainMoney(int):
    """Cents inside a message that says what to enter: "1200.00", or "1200,00" in German."""

    def __str__(self) -> str:
        return format_plain(self)


@lru_cache(maxsize=1024)
def format_money(cents: int, locale: str = "en_GB") -> str:
    from babel.numbers import format_currency  # noqa: PLC0415 (late: most functions need no Babel)

    return format_currency(Decimal(cents) / 100, CURRENCY, locale=locale)


def format_plain(cents: int) -> str:
    """Format cents for forms and CSV files: "48.00"."""
    return f"{'-' * (cents < 0)}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def format_plain_in(cents: int, locale: str) -> str:
    """Format cents with the decimal separator of a language, and without a currency or groups."""
    from babel.numbers import format_decimal  # noqa: PLC0415 (late: most functions need no Babel)

    return format_decimal(Decimal(cents) / 100, "0.00", locale=locale)
