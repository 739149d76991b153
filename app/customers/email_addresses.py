"""Email addresses: one reader, whose normal form SES accepts, and the form that people read.

SES takes only ASCII before the @ and needs the domain in Punycode:
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html
"""

import unicodedata
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote

from app.form_fields import HIDDEN_CHARACTER, TOO_LONG, InvalidValue, read_line, read_optional_line
from app.i18n.messages import lazy_gettext
from app.text_policy import DIRECTION_MARKS, EDGES, ZERO_WIDTH, to_unicode_form

if TYPE_CHECKING:
    from email_validator import ValidatedEmail

MAX_LENGTH = 254  # RFC 5321, section 4.5.3.1.3: 256 with the angle brackets
MAX_LOCAL_LENGTH = 64  # RFC 5321, section 4.5.3.1.1
MAX_PASTED_LENGTH = 1_000  # with a name, or as a mailto link
# Where a page or a mail program may break an address into lines: no part of it.
BREAKS = str.maketrans(dict.fromkeys("\u00ad" + ZERO_WIDTH, ""))
STOPS = (".", "\u3002", "\uff61", ",", ";")
LIKE_THIS = lazy_gettext("Enter an email address like name@example.com.")
ONLY_ONE = lazy_gettext("Enter only one email address.")
WITHOUT_SPACES = lazy_gettext("Enter an email address without spaces.")
WITHOUT_QUOTES = lazy_gettext("Enter an email address without quotation marks.")
NOT_ASCII = lazy_gettext(
    'Enter an email address without "%(character)s" before the @: we cannot send email to it.'
)
LOCAL_PART_TOO_LONG = lazy_gettext(
    "Enter an email address with at most %(max_length)s characters before the @.",
    max_length=MAX_LOCAL_LENGTH,
)
# What is refused before the library reads an address, because its own message would be vague.
RULES: Mapping[str, Callable[[str], bool]] = {
    WITHOUT_QUOTES: lambda address: '"' in address,
    ONLY_ONE: lambda address: address.count("@") > 1,
    WITHOUT_SPACES: lambda address: any(it.isspace() for it in address),
    LOCAL_PART_TOO_LONG: lambda address: len(address.partition("@")[0]) > MAX_LOCAL_LENGTH,
}
# Scripts that read from left to right and have no character that looks like a Latin one.
SAFE_SCRIPTS = frozenset(
    {"BENGALI", "CJK", "DEVANAGARI", "HANGUL", "HIRAGANA", "KATAKANA", "TAMIL", "THAI"}
)
# Scripts with such characters are safe below a top-level domain of the same script.
LOOKALIKE_SCRIPTS = frozenset({"ARMENIAN", "CYRILLIC", "GEORGIAN", "GREEK"})
JAPANESE = frozenset({"CJK", "HIRAGANA", "KATAKANA"})
LATIN_WITHOUT_ACCENT = frozenset("abcdefghijklmnopqrstuvwxyzßæøœđłþð")


def read_email_address(text: str) -> str:
    """One email address in lower case, with its domain in Punycode (IDNA 2008).

    Both spellings of a domain become the same address. A mailto link and ``Name <address>`` are
    accepted, and so are full-width characters and a full stop after the address. Raises
    ``ValueError`` with what to enter if the address is not valid or SES could not send to it.
    """
    address = _pasted_address(text)
    for message, is_broken in RULES.items():
        if is_broken(address):
            raise ValueError(message)
    if foreign := next((it for it in address.partition("@")[0] if not it.isascii()), ""):
        if unicodedata.category(foreign) == "Cf":
            raise InvalidValue(HIDDEN_CHARACTER, character=f"U+{ord(foreign):04X}")
        raise ValueError(lazy_gettext(NOT_ASCII, character=foreign))
    validated = _validate(address)
    if validated is None:
        raise ValueError(LIKE_THIS)
    return f"{validated.local_part}@{validated.ascii_domain}".lower()


def display_email_address(address: str) -> str:
    """The address with its domain in Unicode, unless that could pass for another domain.

    A text that is no email address is returned unchanged. What is displayed reads back as the
    same address.
    """
    if "@xn--" not in address and ".xn--" not in address:
        return address
    validated = _validate(address)
    if validated is None or not _is_unmistakable(validated.domain):
        return address
    return validated.normalized


def _validate(address: str) -> "ValidatedEmail | None":
    """The parts of an address, or None if it is not valid.

    The library compiles its regular expressions when it is imported, which takes a tenth of a cold
    start; few requests read an address.
    """
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 (late)

    try:
        return validate_email(address, allow_smtputf8=False, check_deliverability=False)
    except EmailNotValidError:
        return None


def _pasted_address(text: str) -> str:
    """The address alone, without what mail programs and browsers copy together with it."""
    if len(text) > MAX_PASTED_LENGTH:
        raise InvalidValue(TOO_LONG, max_length=MAX_LENGTH)
    text = text.translate(BREAKS).strip(EDGES + DIRECTION_MARKS)
    line = read_line(text, max_length=MAX_PASTED_LENGTH)
    line = _without_stop("".join(_half_width(character) for character in line))
    line = _in_brackets(_linked(line))
    if len(line) > MAX_LENGTH:
        raise InvalidValue(TOO_LONG, max_length=MAX_LENGTH)
    return line.strip(EDGES)


def _linked(text: str) -> str:
    """The address of a mailto link: https://www.rfc-editor.org/rfc/rfc6068#section-2

    Some programs write it like the address of a page, with two slashes.
    """
    if text[:7].lower() != "mailto:":
        return text
    address = text[7:].partition("?")[0].removeprefix("//")
    return read_optional_line(unquote(address), max_length=MAX_PASTED_LENGTH)


def _in_brackets(text: str) -> str:
    """The address of ``Name <address>``, in which it may be a mailto link."""
    _, bracket, rest = text.partition("<")
    return _linked(rest[:-1]) if bracket and rest.endswith(">") else text


def _half_width(character: str) -> str:
    """Chinese and Japanese keyboards type full-width characters, which mean ASCII ones."""
    full_width = unicodedata.east_asian_width(character) == "F"
    return to_unicode_form("NFKC", character) if full_width else character


def _without_stop(text: str) -> str:
    """Without the full stop of a sentence or of the DNS root, or the comma of a list."""
    stripped = text.strip(EDGES)
    return stripped[:-1].rstrip(EDGES) if stripped.endswith(STOPS) else stripped


def _is_unmistakable(domain: str) -> bool:
    """Whether each label is written in one script that no reader takes for another one.

    A short form of Chromium's rules: https://chromium.googlesource.com/chromium/src/+/main/docs/idn.md
    """
    top = _scripts(domain.rpartition(".")[2])
    return all(_is_safe(_scripts(label), top) for label in domain.split("."))


def _is_safe(scripts: frozenset[str], top: frozenset[str]) -> bool:
    if len(scripts) > 1:
        return scripts <= JAPANESE
    return scripts <= SAFE_SCRIPTS | {"LATIN"} or (scripts <= LOOKALIKE_SCRIPTS and scripts == top)


def _scripts(label: str) -> frozenset[str]:
    """The scripts of a label by the first words of its characters' names."""
    return frozenset(_script(it) for it in label if it not in "0123456789-")


def _script(character: str) -> str:
    name = unicodedata.name(character, "UNKNOWN").replace("-", " ").partition(" ")[0]
    if name != "LATIN":
        return name
    plain = to_unicode_form("NFD", character)[0]
    return "LATIN" if plain in LATIN_WITHOUT_ACCENT else "UNUSUAL LATIN"
