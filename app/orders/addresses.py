"""The reader of addresses: fields as people type them become an address in its normal form."""

from collections.abc import Mapping
from functools import partial

from msgspec import structs

from app.errors import ValidationFailed
from app.form_fields import Reader, read_line, read_optional_line, try_fields
from app.i18n.messages import lazy_gettext
from app.orders.address_fields import (
    DELIVERY,
    FIELDS,
    AddressField,
    address_field,
    address_fields,
    countries,
)
from app.orders.models import Address
from app.shipping.address_format import is_latin
from app.shipping.phones import InvalidPhone, read_phone
from app.shipping.postcodes import InvalidPostcode, is_postcode_of_region, normalize_postcode
from app.shipping.regions import Region, find_region


def read_address(values: Mapping[str, str], section: str = DELIVERY) -> Address:
    """Read an address into its normal form, which is what is stored and compared.

    Reading the result again changes nothing. Raises ``ValidationFailed`` with a message for each
    field that is not valid, and for each field that addresses of the country do not have: no
    part of an address is dropped.
    """
    country = values.get("country", "")
    submitted = {name: values.get(name, "") for name in FIELDS}
    if country not in countries():
        readers: dict[str, Reader] = {"name": read_line, "street": read_line}
        errors = {"country": lazy_gettext("Select your country.")}
    else:
        readers, errors = _readers(country, section), {}
    parts, invalid = try_fields(readers, submitted, _labels(country))
    if errors := errors | invalid:
        raise ValidationFailed.for_fields(errors)
    return _with_checked_region(Address(**parts, country=country))


def _readers(country: str, section: str) -> dict[str, Reader]:
    used = {it.name for it in address_fields(country, section)}
    return {
        name: partial(_read_field if name in used else _refuse, address_field(country, name))
        for name in FIELDS
    }


def _read_field(field: AddressField, text: str) -> str:
    if field.name in ("name", "street"):
        return read_line(text)
    line = read_optional_line(text, max_length=field.max_length)
    if not line and field.required:
        raise ValueError(field.required_message)
    return _normalize(field, line) if line else ""


def _normalize(field: AddressField, line: str) -> str:
    try:
        if field.name == "postal_code":
            return normalize_postcode(field.country, line)
        if field.name == "phone":
            return read_phone(line)
    except (InvalidPostcode, InvalidPhone):
        raise ValueError(field.invalid_message) from None
    return _read_region(field, line) if field.choices else line


def _refuse(field: AddressField, text: str) -> str:
    if read_optional_line(text):
        raise ValueError(field.unused_message)
    return ""


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
        field=address_field(address.country, "postal_code").noun,
        region_field=address_field(address.country, "region").noun,
    )


def _labels(country: str) -> dict[str, str]:
    """The fields' names inside the messages about their text."""
    fields = (it for it in address_fields(country) if it.name not in ("name", "street"))
    return {
        "name": lazy_gettext("your full name"),
        "street": lazy_gettext("your street and house number"),
        **{it.name: lazy_gettext("your %(field)s", field=it.noun) for it in fields},
    }
