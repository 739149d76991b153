"""Money is an integer number of cents. This module reads amounts as people write them.

An amount that has two readings is refused with both, never guessed: "1,200" is 1,200.00 in English
and 1.20 in German. https://cldr.unicode.org/translation/number-currency-formats
"""

import re
import unicodedata

from app.form_fields import AMBIGUOUS, AT_LEAST, AT_MOST, ENTER, TOO_LONG, InvalidValue
from app.i18n.currency import Money, PlainMoney
from app.i18n.messages import lazy_gettext
from app.number_notation import GROUP_MARK, MAX_NUMBER_LENGTH, plain_number, ungrouped

MAX_MONEY = 9_999_999  # cents
MAX_MONEY_LENGTH = MAX_NUMBER_LENGTH
LIKE = lazy_gettext("Enter %(field)s like 48.00.")
MAX_TWO_DECIMALS = lazy_gettext("Enter %(field)s with at most two decimals, like 48.00.")
NO_MINUS = lazy_gettext("Enter %(field)s without a minus sign, like 48.00.")
NO_EXPONENT = lazy_gettext("Enter %(field)s with all its digits and no exponent, like 1200.00.")
IN_EUROS = lazy_gettext("Enter %(field)s in euros, like 48.00.")
NO_DATE = lazy_gettext("Enter %(field)s like 48.00: a spreadsheet has made this one a date.")

AMOUNT = re.compile(
    r"(?:\+ ?)?(?:(?:€|EUROS?|EUR) ?)?"
    r"(?P<number>[0-9 '.,]{0,40}[0-9])(?P<no_cents>[.,]-{1,2})?"
    r"(?: ?(?:€|EUROS?|EUR))?",
    re.IGNORECASE,
)
DATE = re.compile(
    r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{0,4}(?: 00:00(?::00)?)?"
    r"|(?:[0-9]{1,2}[. -]{1,2})?"
    r"(?:JAN|F[EÉ][BV]|M[AÄ]R|MRZ|A[PV]R|MA[IY]|JU[NIL]|AUG|AO[UÛ]|SEP|O[CK]T|NOV|D[EÉ][CZ])"
    r"[A-Z]{0,6}\.?"
    r"(?:[ .-]{0,2}[0-9]{2,4})?",
    re.IGNORECASE,
)
EXPONENT = re.compile(r"[0-9.,]{1,40} ?E ?[+-]?[0-9]{1,40}", re.IGNORECASE)
NEGATIVE = re.compile(r"[^0-9]{0,40}[-(][^0-9]{0,40}[0-9].{0,40}|.{0,40}[0-9][^0-9.,]{0,40}-")
WITH_UNIT = re.compile(
    r"[^0-9 '.,]{1,12}[. ]{0,2}[0-9][0-9 '.,]{0,40}-{0,2}|[0-9][0-9 '.,]{0,40}[^0-9 '.,]{1,12}\.?"
)
REFUSALS = ((DATE, NO_DATE), (EXPONENT, NO_EXPONENT), (NEGATIVE, NO_MINUS), (WITH_UNIT, IN_EUROS))


def read_money(text: str, *, minimum: int = 0, maximum: int = MAX_MONEY) -> int:
    """Return the cents of an amount in euros; both limits are in cents.

    Decimals follow a point or a comma; thousands are grouped by a comma, point, blank or
    apostrophe; the currency stands before or after: "12", "12.5", "€1,200.00", "1.200,00 EUR".
    Raises ``InvalidValue``, which says what to enter instead.
    """
    if len(text) > MAX_MONEY_LENGTH:
        raise InvalidValue(TOO_LONG, max_length=MAX_MONEY_LENGTH)
    typed = plain_number(text)
    if not typed:
        raise InvalidValue(ENTER)
    if (amount := AMOUNT.fullmatch(typed)) is None:
        raise InvalidValue(_refusal(typed))
    number = amount["number"].strip()
    cents = _whole(number, typed) * 100 if amount["no_cents"] else _cents(number, typed, maximum)
    if cents > maximum:
        raise InvalidValue(AT_MOST, le=Money(maximum))
    if cents < minimum:
        raise InvalidValue(AT_LEAST, ge=Money(minimum))
    return cents


def _refusal(typed: str) -> str:
    """What to enter instead of a text that is no amount in euros."""
    for pattern, message in REFUSALS:
        if pattern.fullmatch(typed):
            return message
    has_currency = any(unicodedata.category(character) == "Sc" for character in typed)
    return IN_EUROS if has_currency else LIKE


def _cents(number: str, typed: str, maximum: int) -> int:
    """The cents of a number with a decimal separator, with groups, with both or with neither.

    The last separator separates decimals if it is a point or a comma and there is no other one.
    """
    marks = GROUP_MARK.findall(number)
    if not marks or marks[-1] not in ".," or marks.count(marks[-1]) > 1:
        return _whole(number, typed) * 100
    before, _, decimals = number.rpartition(marks[-1])
    whole = _whole(before, typed) if before else 0
    if len(marks) == 1 and len(decimals) == 3 and 1 <= whole <= 999:
        grouped = int(f"{whole}{decimals}") * 100
        if grouped <= maximum:
            decimal = PlainMoney(whole * 100 + round(int(decimals) / 10))
            raise InvalidValue(
                AMBIGUOUS, grouped=PlainMoney(grouped), decimal=decimal, typed=number
            )
    if len(decimals) > 2:
        raise InvalidValue(MAX_TWO_DECIMALS)
    return whole * 100 + int(decimals.ljust(2, "0"))


def _whole(number: str, typed: str) -> int:
    """A whole number, whose digits may be in groups of three."""
    if (digits := ungrouped(number)) is None:
        raise InvalidValue(_refusal(typed))
    return int(digits)
