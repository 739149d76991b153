"""A language as it is spoken to a visitor: messages, money, numbers, days and countries' names."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from gettext import NullTranslations
from typing import Any

from app.i18n.message_catalogs import words_of
from app.i18n.messages import Message
from app.money import Price, formatted


@dataclass(frozen=True)
class Language:
    """``code`` is for browsers, ``locale`` for Babel; ``name`` is what its speakers call it."""

    code: str
    locale: str
    name: str
    direction: str = "ltr"

    @property
    def words(self) -> NullTranslations:
        return words_of(self.code)

    def say(self, message: str) -> str:
        """The message in this language; what nobody has translated stays as it is."""
        if not isinstance(message, Message):
            return self.words.gettext(message) if message else ""
        facts = {name: self._told(fact) for name, fact in message.facts.items()}
        if message.many:
            return self.words.ngettext(message.pattern, message.many, facts["count"]) % facts
        translated = self.words.gettext(message.pattern)
        return translated % facts if facts else translated

    def _told(self, fact: Any) -> Any:
        if isinstance(fact, Price):
            return self.money(fact)
        return self.say(fact) if isinstance(fact, Message) else fact

    def money(self, cents: int) -> str:
        return formatted(cents, self.locale)

    def number(self, value: float) -> str:
        from babel.numbers import format_decimal  # noqa: PLC0415 (late: a cold start needs none)

        return format_decimal(value, locale=self.locale)

    def day(self, moment: datetime) -> str:
        from babel.dates import format_date  # noqa: PLC0415

        return format_date(moment, "long", locale=self.locale)

    def countries(self, codes: Iterable[str]) -> dict[str, str]:
        """Names by code, in the order of the alphabet; letters with marks stand with those without.

        The names are those of https://cldr.unicode.org.
        """
        from babel import Locale  # noqa: PLC0415

        names = Locale.parse(self.locale).territories
        named = {code: str(names.get(code, code)) for code in codes}
        return dict(sorted(named.items(), key=lambda pair: _without_marks(pair[1])))


def _without_marks(name: str) -> str:
    return unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()


ENGLISH = Language("en", "en_GB", "English")
GERMAN = Language("de", "de_DE", "Deutsch")
LANGUAGES = {it.code: it for it in (ENGLISH, GERMAN)}


def language_of(code: str | None) -> Language:
    """English for what we do not speak, and for what was written down before we spoke another."""
    return LANGUAGES.get(code or "", ENGLISH)
