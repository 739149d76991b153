"""Field readers: forms and CSV rows are validated by the same functions, with the same messages.

A reader takes the submitted text and returns the value, or raises ``ValueError``. Messages follow
GOV.UK: https://design-system.service.gov.uk/components/error-message/
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from app.card_numbers import reject_card_number
from app.errors import ValidationFailed
from app.i18n.messages import lazy_gettext
from app.number_notation import whole_readings
from app.text_policy import (
    EDGES,
    MAX_TEXT_LENGTH,
    has_too_many_marks,
    is_invisible,
    normalize_text,
    refused_character,
)

type Submitted = dict[str, str]
type Reader = Callable[[str], Any]

DIGITS = re.compile(r"[0-9]{1,10}")
MAX_WHOLE_NUMBER = 10**10 - 1
A_VALUE = lazy_gettext("a value")
ENTER = lazy_gettext("Enter %(field)s.")
SELECT = lazy_gettext("Select %(field)s.")
TOO_LONG = lazy_gettext("Enter %(field)s with at most %(max_length)s characters.")
ONE_LINE = lazy_gettext("Enter %(field)s on one line.")
HIDDEN_CHARACTER = lazy_gettext("Enter %(field)s without the hidden character %(character)s.")
TOO_MANY_MARKS = lazy_gettext("Enter %(field)s with fewer accents on one letter.")
INVISIBLE = lazy_gettext("Enter %(field)s with letters or digits that can be seen.")
WHOLE_NUMBER = lazy_gettext("Enter %(field)s as a whole number, like 12.")
AMBIGUOUS = lazy_gettext(
    "Enter %(grouped)s or %(decimal)s as %(field)s: “%(typed)s” can mean either."
)
AT_LEAST = lazy_gettext("Enter %(field)s of at least %(ge)s.")
AT_MOST = lazy_gettext("Enter %(field)s of at most %(le)s.")


class InvalidValue(ValueError):
    """A message in which the field's label is still missing; ``%(field)s`` stands for it."""

    def __init__(self, pattern: str, /, **facts: Any) -> None:
        super().__init__(lazy_gettext(pattern, field=A_VALUE, **facts))
        self.pattern, self.facts = pattern, facts

    def message_for(self, label: str) -> str:
        return lazy_gettext(self.pattern, field=label, **self.facts)


def error_message(error: ValueError, label: str) -> str:
    """The message of a reader, naming the field by its label, such as "a title"."""
    if isinstance(error, InvalidValue):
        return error.message_for(label)
    message: str = error.args[0]
    return message


def read_fields(
    readers: Mapping[str, Reader], submitted: Submitted, labels: Mapping[str, str]
) -> dict[str, Any]:
    """Read all fields; raise ``ValidationFailed`` with every error if any is not valid."""
    values, errors = try_fields(readers, submitted, labels)
    if errors:
        raise ValidationFailed.for_fields(errors)
    return values


def try_fields(
    readers: Mapping[str, Reader], submitted: Submitted, labels: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the valid values and the messages of the other fields."""
    values, errors = {}, {}
    for name, reader in readers.items():
        try:
            values[name] = reader(_require_possible_length(submitted.get(name, "")))
        except ValueError as error:
            errors[name] = error_message(error, labels.get(name, A_VALUE))
    return values, errors


def _require_possible_length(text: str) -> str:
    """Refuse a text that no field accepts before anything reads it."""
    if len(text) > MAX_TEXT_LENGTH:
        raise InvalidValue(TOO_LONG, max_length=MAX_TEXT_LENGTH)
    return text


def read_line(text: str, *, max_length: int = 100) -> str:
    """One line of free text that is not empty, without surrounding blanks."""
    return _require(read_optional_line(text, max_length=max_length))


def read_optional_line(text: str, *, max_length: int = 100) -> str:
    """One line of free text, or ""."""
    return reject_card_number(_require_one_line(_read(text, max_length)))


def read_text(text: str, *, max_length: int) -> str:
    """Free text of one or more lines, without blanks at the end of a line."""
    return reject_card_number(read_facts(text, max_length=max_length))


def read_facts(text: str, *, max_length: int) -> str:
    """Lines of facts, such as a product's barcode: they may look like a card number."""
    lines = _read(text, max_length).split("\n")
    return _require("\n".join(line.rstrip(EDGES) for line in lines))


def read_optional_facts(text: str, *, max_length: int) -> str:
    """Lines of facts, or ""."""
    return read_facts(text, max_length=max_length) if text.strip() else ""


def read_identifier(text: str, *, max_length: int = 100) -> str:
    """One line that names something, such as a SKU: it may look like a card number."""
    return _require(_require_one_line(_read(text, max_length)))


def _read(text: str, max_length: int) -> str:
    """The text in its normal form if the text policy accepts it."""
    if len(text) > MAX_TEXT_LENGTH:
        raise InvalidValue(TOO_LONG, max_length=max_length)
    if character := refused_character(text):
        raise InvalidValue(HIDDEN_CHARACTER, character=character)
    if has_too_many_marks(text):
        raise InvalidValue(TOO_MANY_MARKS)
    if text.strip() and is_invisible(text):
        raise InvalidValue(INVISIBLE)
    if len(normal := normalize_text(text)) > max_length:
        raise InvalidValue(TOO_LONG, max_length=max_length)
    return normal


def _require(text: str) -> str:
    if not text:
        raise InvalidValue(ENTER)
    return text


def _require_one_line(text: str) -> str:
    if "\n" in text or "\t" in text:
        raise InvalidValue(ONE_LINE)
    return text


def require_digits(text: str) -> str:
    """Accept ASCII digits only, in a number that a page or a program has written."""
    if not DIGITS.fullmatch(text):
        raise InvalidValue(WHOLE_NUMBER)
    return text


def read_whole_number(text: str, *, minimum: int = 0, maximum: int = MAX_WHOLE_NUMBER) -> int:
    """A whole number as people type it and spreadsheets write it, perhaps outside the limits.

    The limits decide between two readings of a text. If both are possible, it is refused with both.
    """
    if not text.strip(EDGES):
        raise InvalidValue(ENTER)
    readings = [it for it in whole_readings(text) if it <= MAX_WHOLE_NUMBER]
    if not readings:
        raise InvalidValue(WHOLE_NUMBER)
    possible = [it for it in readings if minimum <= it <= maximum]
    if len(possible) > 1:
        grouped, decimal = possible
        raise InvalidValue(AMBIGUOUS, grouped=grouped, decimal=decimal, typed=text.strip(EDGES))
    return (possible or readings)[0]


def read_number(text: str, *, minimum: int = 0, maximum: int) -> int:
    number = read_whole_number(text, minimum=minimum, maximum=maximum)
    if number < minimum:
        raise InvalidValue(AT_LEAST, ge=minimum)
    if number > maximum:
        raise InvalidValue(AT_MOST, le=maximum)
    return number


def optional(reader: Reader) -> Reader:
    """Make a reader that returns ``None`` for an empty field."""
    return partial(_read_optional, reader)


def _read_optional(reader: Reader, text: str) -> Any:
    return reader(text.strip()) if text.strip() else None
