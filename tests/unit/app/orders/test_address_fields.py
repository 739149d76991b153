"""Address fields have the names, examples and choices of their country."""

import re

import pytest

from app.orders.address_fields import address_field


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
