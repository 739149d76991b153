import pytest

from app.orders.addresses import OFTEN, address_errors, address_of, countries, fields_of

BERLIN = {
    "name": "Ada Potter",
    "country": "DE",
    "street": "12 Torstraße",
    "postal_code": "10119",
    "city": "Berlin",
    "region": "",
}


def test_every_country_has_a_name_and_fields_that_we_can_keep() -> None:
    assert len(countries()) > 240
    for country, name in countries().items():
        assert name
        assert {field.name for field in fields_of(country)} >= {"street"}, country


def test_the_countries_we_often_send_to_exist() -> None:
    assert set(OFTEN) <= set(countries())
    assert countries()[OFTEN[0]] == "Germany"


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
def test_each_country_is_asked_in_its_own_words(country: str, labels: list[str]) -> None:
    assert [field.label for field in fields_of(country)] == labels


def test_an_unknown_country_is_the_only_thing_wrong_with_its_address() -> None:
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
def test_what_the_post_could_not_deliver_is_explained(change: dict[str, str], field: str) -> None:
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
def test_good_addresses_pass(change: dict[str, str]) -> None:
    assert address_errors(BERLIN | change) == {}


def test_a_field_that_the_country_does_not_know_is_dropped() -> None:
    assert address_of(BERLIN | {"region": "Berlin"}).region == ""


def test_a_browser_may_check_the_postcode_by_the_very_rule_that_we_check() -> None:
    fields = {field.name: field for field in fields_of("DE")}

    assert fields["postal_code"].pattern == r"\d{5}"
    assert "such as" in fields["postal_code"].wrong
    assert fields["city"].pattern == ""
