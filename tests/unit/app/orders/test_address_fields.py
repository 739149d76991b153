"""Address fields have the names, examples and choices of their country."""

import re

import pytest

from app.orders.address_fields import BILLING, address_field, address_fields, countries


@pytest.mark.parametrize(
    ("country", "name", "label", "example"),
    [
        ("US", "postal_code", "ZIP code", "95014"),
        ("US", "region", "State", "AL"),
        ("DE", "postal_code", "Postcode", "26133"),
        ("GB", "city", "Town or city", ""),
        ("JP", "region", "Prefecture", "Hokkaido"),
    ],
)
def test_address_field_has_the_label_and_the_example_of_its_country(
    country: str, name: str, label: str, example: str
) -> None:
    field = address_field(country, name)

    assert (str(field.label), field.example) == (label, example)
    assert (len(field.choices) > 0) == (name == "region")


def test_browser_checks_the_postcode_as_the_server_does() -> None:
    pattern = address_field("DE", "postal_code").pattern

    assert re.fullmatch(pattern, "10115")
    assert not re.fullmatch(pattern, "1011")
    assert address_field("DE", "city").pattern == ""


def test_delivery_address_ends_with_the_phone_number_for_the_carrier() -> None:
    delivery = [it.name for it in address_fields("DE")]

    assert delivery[:2] == ["name", "company"]
    assert delivery[-1] == "phone"
    assert "phone" not in [it.name for it in address_fields("DE", BILLING)]


def test_countries_are_those_that_have_an_address_format() -> None:
    assert countries()["DE"] == "Germany"
    assert "ZZ" not in countries()


def test_longest_phone_number_is_shorter_than_other_fields() -> None:
    assert address_field("DE", "phone").max_length < address_field("DE", "city").max_length == 100


def test_invalid_field_without_an_example_is_named() -> None:
    assert str(address_field("GB", "city").invalid_message) == "Enter a valid town or city."
