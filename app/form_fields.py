"""What people type, read strictly: forms and uploaded files share these rules and their words.

A reader takes what was typed and gives what it means, or raises ``ValueError`` with what to say.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from app.card_numbers import no_card
from app.errors import WrongFields
from app.i18n.messages import said

Typed = dict[str, str]
type Reader = Callable[[str], Any]

NOT_ONE_LINE = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
WHOLE = re.compile(r"[0-9]{1,10}")
EMPTY = said("Please fill this in.")
TOO_LONG = said("Please use at most %(max_length)s characters.")
TOO_MUCH = said("Please choose at most %(le)s.")
TOO_LITTLE = said("Please choose at least %(ge)s.")


def read_fields(readers: Mapping[str, Reader], typed: Typed) -> dict[str, Any]:
    """All fields as they are meant, or ``WrongFields`` with everything that is wrong at once."""
    read, wrong = try_fields(readers, typed)
    if wrong:
        raise WrongFields(wrong)
    return read


def try_fields(
    readers: Mapping[str, Reader], typed: Typed
) -> tuple[dict[str, Any], dict[str, str]]:
    """The fields that will do, and what is wrong with the others."""
    read, wrong = {}, {}
    for name, reader in readers.items():
        try:
            read[name] = reader(no_card(typed.get(name, "")))
        except ValueError as error:
            wrong[name] = str(error)
    return read, wrong


def line(text: str, *, longest: int = 100) -> str:
    """One line with something on it, without the blanks around it."""
    if not (stripped := one_line(text).strip()):
        raise ValueError(EMPTY)
    if len(stripped) > longest:
        raise ValueError(said(TOO_LONG, max_length=longest))
    return stripped


def one_line(text: str) -> str:
    if NOT_ONE_LINE.search(text):
        raise ValueError(said("Please keep this on one line."))
    return text


def whole(text: str) -> str:
    """Plain digits only: not 1e3, 0x10, 1.5, or digits of another script."""
    if not WHOLE.fullmatch(text):
        raise ValueError(said("Please give a whole number."))
    return text


def number(text: str, *, least: int = 0, most: int) -> int:
    if (read := int(whole(text.strip()))) < least:
        raise ValueError(said(TOO_LITTLE, ge=least))
    if read > most:
        raise ValueError(said(TOO_MUCH, le=most))
    return read


def or_none(reader: Reader) -> Reader:
    """For what may be left empty."""
    return lambda text: reader(text.strip()) if text.strip() else None
