"""Lazily translated messages: English text that remembers its pattern and its arguments.

The domain does not know the reader's language. A page translates a message when it renders it;
logs and the API show the English text. A message that was stored is plain text, and the page
looks it up in the message catalog again.
"""

from collections.abc import Mapping
from typing import Any


class Message(str):
    """English text with its pattern and arguments. ``count`` selects ``plural``, if any."""

    pattern: str
    plural: str
    arguments: Mapping[str, Any]

    def __new__(cls, pattern: str, plural: str, arguments: Mapping[str, Any]) -> "Message":
        chosen = plural if plural and arguments["count"] != 1 else pattern
        message = super().__new__(cls, chosen % arguments if arguments else chosen)
        message.pattern, message.plural, message.arguments = pattern, plural, arguments
        return message


class CountryName(str):
    """The English name of a country, with its code: a message shows it in the reader's language."""

    code: str

    def __new__(cls, name: str, code: str) -> "CountryName":
        country = super().__new__(cls, name)
        country.code = code
        return country


def lazy_gettext(pattern: str, /, **arguments: Any) -> str:
    """Return a translatable message. The pattern refers to the arguments as ``%(name)s``.

    A ``Money``, ``Decimal``, ``date`` or ``datetime`` argument is formatted in the reader's
    language; messages and country names are translated.
    """
    return Message(pattern, "", arguments)


def lazy_ngettext(count: int, singular: str, plural: str, /, **arguments: Any) -> str:
    """Return a translatable message about a number of things; ``%(count)s`` is the number."""
    return Message(singular, plural, {"count": count, **arguments})
