import pytest

from app.i18n.locales import GERMAN
from app.orders.addresses import (
    COMMON_COUNTRIES,
    address_errors,
    address_fields,
    countries,
    parse_address,
)

BERLIN = {
    "name": "Ada Potter",
    "country": "DE",
    "street": "12 Torstraße",
    "postal_code": "10119",
    "city": "Berlin",
    "region": "",
}


def test_every_country_has_a_name_and_address_fields() -> None:
    assert len(countries()) > 240
    for country, name in countries().items():
        assert name
        assert {field.name for field in address_fields(country)} >= {"street"}, country


def test_common_countries_exist() -> None:
    assert set(COMMON_COUNTRIES) <= set(countries())
    assert countries()[COMMON_COUNTRIES[0]] == "Germany"


@pytest.mark.parametrize(
    ("country", "labels"),
    [
        ("DE", ["Street and number", "Postcode", "City"]),
        ("US", ["Street and number", "ZIP code", "City", "State"]),
        ("GB", ["Street and number", "Postcode", "Town or city"]),
        ("IE", ["Street and number", "Eircode", "City", "County"]),
        ("JP", ["Street and number", "Postcode", "Prefecture"]),
    ],
)
def test_address_labels_depend_on_the_country(country: str, labels: list[str]) -> None:
    assert [field.label for field in address_fields(country)] == labels


def test_unknown_country_is_the_only_address_error() -> None:
    assert list(address_errors(BERLIN | {"country": "../de"})) == ["country"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"postal_code": "1011"}, "postal_code"),
        ({"postal_code": ""}, "postal_code"),
        ({"city": " "}, "city"),
        ({"street": ""}, "street"),
        ({"country": "US", "postal_code": "10119", "region": "Bavaria"}, "region"),
    ],
)
def test_invalid_address_field_has_a_message(change: dict[str, str], field: str) -> None:
    assert field in address_errors(BERLIN | change)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"country": "GB", "postal_code": "sw1a 1aa", "city": "London"},
        {"country": "US", "postal_code": "94043", "city": "Mountain View", "region": "CA"},
        {"country": "AE", "postal_code": "", "city": "", "region": "Dubai"},
        {"country": "HK", "postal_code": "", "city": "Central", "region": "Hong Kong Island"},
    ],
)
def test_valid_addresses_pass(change: dict[str, str]) -> None:
    assert address_errors(BERLIN | change) == {}


def test_address_field_unknown_to_the_country_is_dropped() -> None:
    assert parse_address(BERLIN | {"region": "Berlin"}).region == ""


def test_postcode_pattern_for_the_browser_matches_the_server_rule() -> None:
    fields = {field.name: field for field in address_fields("DE")}

    assert fields["postal_code"].pattern == r"\d{5}"
    assert "for example 26133" in fields["postal_code"].invalid_message
    assert fields["city"].pattern == ""


def test_invalid_postcode_message_names_the_country_in_the_readers_language() -> None:
    fields = {field.name: field for field in address_fields("DE")}

    message = fields["postal_code"].invalid_message

    assert message == "Enter a valid postcode, for example 26133 (Germany)."
    assert "26133 (Deutschland)" in GERMAN.translate(message)
