"""Languages: translate messages and format money, numbers, dates and country names."""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from gettext import NullTranslations
from typing import Any

from app.i18n.currency import Money, PlainMoney, format_money, format_plain_in
from app.i18n.message_catalogs import SOURCE_LANGUAGE, load_message_catalog
from app.i18n.messages import CountryName, Message
from app.shop_time import shop_time


@dataclass(frozen=True)
class Language:
    """``code`` is for browsers, ``locale`` for Babel; ``name`` is in the language itself."""

    code: str
    locale: str
    name: str
    direction: str = "ltr"

    @property
    def prefix(self) -> str:
        """What addresses in this language begin with; English ones have no prefix."""
        return "" if self.code == SOURCE_LANGUAGE else f"/{self.code}"

    @property
    def catalog(self) -> NullTranslations:
        return load_message_catalog(self.code)

    def translate(self, message: str) -> str:
        """Return the message in this language, or unchanged if there is no translation."""
        if not isinstance(message, Message):
            return self.catalog.gettext(message) if message else ""
        arguments = {
            name: self._translate_argument(value) for name, value in message.arguments.items()
        }
        if message.plural:
            count = arguments["count"]
            return self.catalog.ngettext(message.pattern, message.plural, count) % arguments
        pattern = self.catalog.gettext(message.pattern)
        return pattern % arguments if arguments else pattern

    def _translate_argument(self, value: Any) -> Any:
        for kind, write in _ARGUMENTS:
            if isinstance(value, kind):
                return write(self, value)
        return value

    def format_money(self, cents: int) -> str:
        return format_money(cents, self.locale)

    def format_number(self, value: float | Decimal) -> str:
        from babel.numbers import format_decimal  # noqa: PLC0415 (late: cold starts need no Babel)

        return format_decimal(value, locale=self.locale)

    def format_day(self, day: date) -> str:
        """The date of a day, or of a moment in the shop's time zone: "12 June 2031"."""
        from babel.dates import format_date  # noqa: PLC0415

        return format_date(_in_shop_zone(day), "long", locale=self.locale)

    def format_time(self, moment: datetime) -> str:
        """The time in the shop's zone, with the zone's short name: "14:05:00 CEST"."""
        from babel.dates import get_timezone_name  # noqa: PLC0415

        local = shop_time(moment)
        return f"{local:%H:%M:%S} {get_timezone_name(local, 'short', locale=self.locale)}"

    def format_moment(self, moment: datetime) -> str:
        return f"{self.format_day(moment)}, {self.format_time(moment)}"

    def country_names(self, codes: Iterable[str]) -> dict[str, str]:
        """Country names by code, from https://cldr.unicode.org, in alphabetical order.

        Sorting ignores accents and umlauts: "Österreich" comes between "Norwegen" and "Polen".
        """
        from babel import Locale  # noqa: PLC0415

        names = Locale.parse(self.locale).territories
        named = {code: str(names.get(code, code)) for code in codes}
        return dict(sorted(named.items(), key=lambda pair: _without_accents(pair[1])))


# How each kind of argument of a message is written. A datetime is a date, too, so it comes first.
_ARGUMENTS: tuple[tuple[type, Callable[[Language, Any], str]], ...] = (
    (Money, Language.format_money),
    (PlainMoney, lambda language, cents: format_plain_in(cents, language.locale)),
    (CountryName, lambda language, name: language.country_names([name.code])[name.code]),
    (datetime, Language.format_moment),
    (date, Language.format_day),
    (Decimal, Language.format_number),
    (Message, Language.translate),
)


def _in_shop_zone(day: date) -> date:
    return shop_time(day) if isinstance(day, datetime) else day


def _without_accents(name: str) -> str:
    return unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()


ENGLISH = Language("en", "en_GB", "English")
GERMAN = Language("de", "de_DE", "Deutsch")
LANGUAGES = {it.code: it for it in (ENGLISH, GERMAN)}


def find_language(code: str | None) -> Language:
    """Return the language, or English if the code is missing or not supported."""
    return LANGUAGES.get(code or "", ENGLISH)
