import pytest

from app.errors import ValidationFailed
from app.i18n.locales import GERMAN
from app.orders.address_fields import COMMON_COUNTRIES, address_fields, countries
from app.orders.addresses import read_address
from app.orders.models import Address

BERLIN = {
    "name": "Ada Potter",
    "country": "DE",
    "street": "12 Torstraße",
    "postal_code": "10119",
    "city": "Berlin",
    "region": "",
    "phone": "+49 30 1234567",
}


STREET = ("Street and number", "Apartment, floor or building")


def errors_of(values: dict[str, str]) -> dict[str, str]:
    try:
        read_address(values)
    except ValidationFailed as failed:
        return failed.errors
    return {}


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
        ("DE", [*STREET, "Postcode", "City"]),
        ("US", [*STREET, "City", "State", "ZIP code"]),
        ("GB", [*STREET, "Town or city", "Postcode"]),
        ("IE", [*STREET, "Townland", "City", "County", "Eircode"]),
        ("JP", [*STREET, "City", "Prefecture", "Postcode"]),
        ("BR", [*STREET, "Neighbourhood", "City", "State", "Postcode"]),
        ("NZ", [*STREET, "Suburb", "City", "Postcode"]),
        ("MY", [*STREET, "Village or township", "Postcode", "City", "State"]),
        ("HU", ["City", *STREET, "Postcode"]),
        ("AE", [*STREET, "Emirate"]),
    ],
)
def test_address_fields_are_those_of_the_country_in_its_order(
    country: str, labels: list[str]
) -> None:
    first, last = ["Full name", "Company"], ["Phone number"]
    assert [field.label for field in address_fields(country)] == [*first, *labels, *last]


@pytest.mark.parametrize(
    ("country", "required"),
    [
        ("US", {"street", "city", "region", "postal_code"}),
        ("CA", {"street", "city", "region", "postal_code"}),
        ("AU", {"street", "city", "region", "postal_code"}),
        ("BR", {"street", "city", "region", "postal_code"}),
        ("IT", {"street", "city", "region", "postal_code"}),
        ("JP", {"street", "city", "region", "postal_code"}),
        ("IE", {"street", "city"}),
        ("HK", {"street", "region"}),
        ("AE", {"street", "region"}),
        ("DE", {"street", "city", "postal_code"}),
    ],
)
def test_required_fields_depend_on_the_country(country: str, required: set[str]) -> None:
    found = {field.name for field in address_fields(country) if field.required}
    assert found - {"phone"} == required | {"name"}


def test_unknown_country_is_the_only_address_error() -> None:
    assert list(errors_of(BERLIN | {"country": "../de"})) == ["country"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"postal_code": "1011"}, "postal_code"),
        ({"postal_code": ""}, "postal_code"),
        ({"city": " "}, "city"),
        ({"street": ""}, "street"),
        ({"name": ""}, "name"),
        ({"country": "US", "postal_code": "10119", "region": "Bavaria"}, "region"),
        ({"country": "JP", "postal_code": "100-8994", "region": "Tokyo", "city": ""}, "city"),
    ],
)
def test_invalid_address_field_has_a_message(change: dict[str, str], field: str) -> None:
    assert list(errors_of(BERLIN | change)) == [field]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"country": "GB", "postal_code": "sw1a 1aa", "city": "London"},
        {"country": "US", "postal_code": "94043", "city": "Mountain View", "region": "CA"},
        {"country": "AE", "postal_code": "", "city": "", "region": "Dubai"},
        {"country": "HK", "postal_code": "", "city": "Central", "region": "Hong Kong Island"},
        {"country": "IE", "postal_code": "", "city": "Galway"},
    ],
)
def test_valid_addresses_pass(change: dict[str, str]) -> None:
    assert errors_of(BERLIN | change) == {}


def test_address_is_kept_in_its_normal_form() -> None:
    address = read_address(
        {
            "name": " Ada  Potter ",
            "street": "1 Main St\u00a0",
            "city": "Springfield",
            "region": "illinois",
            "postal_code": "US-62701 1234",
            "country": "US",
            "company": " Potter & Co ",
            "street2": "Apt 4",
            "phone": "+1 (217) 555-0123",
        }
    )

    assert address == Address(
        "Ada  Potter",
        "1 Main St",
        "Springfield",
        "62701-1234",
        "IL",
        "US",
        company="Potter & Co",
        street2="Apt 4",
        phone="+1 (217) 555-0123",
    )


@pytest.mark.parametrize(
    ("street", "region", "kept"),
    [
        ("2-7-2 Marunouchi", "東京都", "Tokyo"),
        ("2-7-2 Marunouchi", "tokyo", "Tokyo"),
        ("丸の内2-7-2", "Tokyo", "東京都"),
        ("丸の内2-7-2", "東京都", "東京都"),
    ],
)
def test_region_is_kept_in_the_script_of_its_address(street: str, region: str, kept: str) -> None:
    japanese = {"country": "JP", "postal_code": "100-8994", "city": "", "region": region}

    address = read_address(BERLIN | japanese | {"street": street, "city": "1"})

    assert address.region == kept


def test_postcode_of_another_region_is_refused_with_both_names() -> None:
    texan = {"country": "US", "city": "Dallas", "region": "TX", "postal_code": "62701"}

    assert errors_of(BERLIN | texan) == {
        "postal_code": "62701 is not in Texas. Check the ZIP code and the state."
    }


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


def test_message_about_a_long_city_names_it() -> None:
    message = errors_of(BERLIN | {"city": "x" * 101})["city"]

    assert message == "Enter your city with at most 100 characters."
    assert GERMAN.translate(message) == "Bitte Ort mit höchstens 100 Zeichen eingeben."


def test_unknown_countries_take_no_memory() -> None:
    """The form sends any text as its country, and what is cached stays for good."""
    known = address_fields("DE")

    assert all(address_fields(f"{number}" * 10) is known for number in range(100))
