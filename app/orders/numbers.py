"""Order numbers: written from the day and the order id, and read the way people type them."""

import re
from collections.abc import Iterator
from datetime import date

from app.orders.models import shard_of
from app.text_policy import to_unicode_form

MAX_AGE_YEARS = 10  # a number without a year can mean an order of this many years

# The alphabet of order ids, https://www.crockford.com/base32.html: O is read as 0, I and L as 1.
_LOOKALIKES = str.maketrans("OIL", "011")
_ORDER_ID = re.compile(r"[0-9A-TV-Z]{26}")
_NUMBER = re.compile(
    r"(?:[^0-9]*HC)?([0-9OIL]{4})?([0-9OIL]{4})"  # year, day
    r"([0-9A-TV-Z]{5})([0-9A-TV-Z]{5})?"  # groups
)


def order_number(day: date, order_id: str) -> str:
    """The number of an order that was placed on this day: "HC-20311123-4F7Q2-9XKTB".

    Its two groups are the last ten characters of the order id, which are 50 random bits. Among
    10,000 orders of a day, two share a number with a probability of 10,000² / 2 / 2^50 = 4.4e-8:
    once in 60,000 years. Nothing rejects such a pair, so a search has to show both orders.

    The end of the id comes first: the short number of an order, without the year and the second
    group, is then the beginning of its number.
    """
    return f"HC-{_digits(day)}-{order_id[-5:]}-{order_id[-10:-5]}"


def read_order_id(text: str) -> str | None:
    """The order id in upper case, without blanks and dashes; None if the text is no order id."""
    characters = _alphanumeric(text)
    return characters.translate(_LOOKALIKES) if _ORDER_ID.fullmatch(characters) else None


def read_order_number(text: str, *, today: date) -> list[str]:
    """The beginnings of the numbers that the text can mean, the latest day first.

    Accepts any case, blanks, dashes and other separators, look-alikes such as O for 0, and words
    before the number, but no second number. The year and the second group may be missing:
    "HC-1123-4F7Q2" means a day of the last ten years. Returns an empty list if the text is no
    order number.
    """
    match = _NUMBER.fullmatch(_alphanumeric(text))
    if not match:
        return []
    year, day_of_year, first, second = (
        (group or "").translate(_LOOKALIKES) for group in match.groups()
    )
    end = f"-{first}-{second}" if second else f"-{first}"
    return [f"HC-{_digits(day)}{end}" for day in _days(year, day_of_year, today)]


def day_shard(number: str) -> str:
    """The partition of the by-day index for a number, with or without its second group."""
    _, day, first_group = number.split("-")[:3]
    return f"{day}#{shard_of(first_group)}"


def _alphanumeric(text: str) -> str:
    return re.sub(r"[\W_]+", "", to_unicode_form("NFKC", text).upper())


def _digits(day: date) -> str:
    """Eight digits. Unlike "%Y", which writes the year 1 without zeros on Linux."""
    return day.isoformat().replace("-", "")


def _days(year: str, day_of_year: str, today: date) -> Iterator[date]:
    """The days of the text that exist; without a year, those of the last ten years until today."""
    years = [int(year)] if year else range(today.year, today.year - MAX_AGE_YEARS - 1, -1)
    for candidate in years:
        try:
            day = date.fromisoformat(f"{candidate:04}{day_of_year}")
        except ValueError:  # no day of this year
            continue
        if year or day <= today:
            yield day
