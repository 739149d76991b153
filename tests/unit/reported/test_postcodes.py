"""One form of a postcode is checked and another one kept: saleor#623, woocommerce#11614.

Each row has a country, its normal form, and the spellings that people type for it.
"""

import unicodedata

import pytest
from fastapi.testclient import TestClient
from hypothesis import example, given
from hypothesis import strategies as st

from app.errors import ValidationFailed
from app.orders.address_fields import address_fields, countries
from app.orders.addresses import read_address
from app.orders.queries import load_order_details
from app.shipping.postcodes import (
    InvalidPostcode,
    address_rules,
    example_postcode,
    normalize_postcode,
)
from tests.unit.app.web.pages import page_text, place_order

SPELLINGS = {
    ("DE", "10115"): (
        "10115",
        "D-10115",
        "DE 10115",
        "１０１１５",
        "10 115",
        "d–10115",
        "\u200b10115",
        "10115,",
        "(10115)",
        "D: 10115",
    ),
    ("AT", "1010"): ("1010", "A-1010", "AT-1010", "A 1010"),
    ("CH", "8001"): ("8001", "CH-8001", "ch 8001"),
    ("LI", "9490"): ("FL-9490", "LI-9490"),
    ("LU", "1234"): ("L-1234", "LU-1234", "L1234"),
    ("BE", "1000"): ("B-1000", "BE1000"),
    ("NL", "1234 AB"): ("1234AB", "1234 ab", "NL-1234 AB", "1234\u00a0AB"),
    ("FR", "75001"): ("75 001", "F-75001", "75001\u2009"),
    ("ES", "28039"): ("E-28039", "28039"),
    ("IT", "00144"): ("I-00144", "IT-00144"),
    ("PT", "1000-205"): ("1000205", "1000 205", "1000–205", "PT-1000-205", "1000−205"),
    ("GB", "SW1A 1AA"): ("sw1a 1aa", "SW1A1AA", "sw1a-1aa", "GB-SW1A 1AA"),
    ("GB", "NG34 8TU"): ("NG34\u00a08TU", "NG34\u20098TU", "ng 348 tu"),
    ("GB", "BFPO 57"): ("bfpo57", "BFPO 57"),
    ("GG", "GY1 1AA"): ("gy11aa",),
    ("IE", "D02 AF30"): ("d02af30", "D02-AF30", "IRL-D02 AF30"),
    ("PL", "00-950"): ("00950", "00_950", "00/950", "00 950", "PL-00-950", "00—950"),
    ("CZ", "100 00"): ("10000", "CZ-100 00", "100\u202f00"),
    ("SK", "010 01"): ("01001", "SK-01001"),
    ("HU", "1037"): ("H-1037", "HU 1037"),
    ("SI", "4000"): ("SI-4000", "SLO 4000"),
    ("HR", "10000"): ("HR-10000",),
    ("DK", "8660"): ("DK-8660",),
    ("SE", "114 55"): ("11455", "SE-114 55", "S-11455"),
    ("NO", "0025"): ("N-0025", "NO-0025"),
    ("FI", "00100"): ("FI-00100", "FIN 00100"),
    ("LV", "LV-1073"): ("1073", "LV1073", "lv-1073"),
    ("LT", "04340"): ("LT-04340",),
    ("GR", "151 24"): ("15124", "GR-151 24"),
    ("MT", "VLT 1117"): ("vlt1117", "VLT-1117"),
    ("CA", "K1A 0B1"): ("k1a0b1", "K1A-0B1", "K1A 0B1"),
    ("US", "62701-1234"): ("62701 1234", "627011234", "62701‐1234"),
    ("US", "62701"): ("62701", "US-62701"),
    ("BR", "01310-100"): ("01310100", "01.310-100"),
    ("JP", "154-0023"): ("1540023", "〒154-0023", "１５４ー００２３", "〒１５４－００２３"),
    ("AU", "2060"): ("AU 2060",),
    ("EG", "12411"): ("\u0661\u0662\u0664\u0661\u0661",),
    ("IN", "110034"): ("110 034",),
    ("SG", "238824"): ("S238824", "S(238824)", "s 238824", "Singapore 238824", "SG-238824"),
    ("AD", "AD500"): ("500", "ad 500"),
    ("PE", "LIMA 23"): ("lima 23", "LIMA23"),
}
ROWS = [(country, kept, text) for (country, kept), texts in SPELLINGS.items() for text in texts]
WITH_POSTCODES = [it for it in countries() if address_rules(it).postal_code_matchers]
US_PLACE = {"region": "IL", "city": "Springfield"}


def test_table_has_85_spellings_in_30_countries() -> None:
    assert len(set(ROWS)) >= 85
    assert len({country for country, _, _ in ROWS}) >= 30


@pytest.mark.parametrize(("country", "kept", "text"), ROWS)
def test_every_usual_spelling_is_kept_in_the_normal_form(
    country: str, kept: str, text: str
) -> None:
    assert normalize_postcode(country, text) == kept


@pytest.mark.parametrize(
    ("country", "text", "example_code"),
    [
        ("DE", "1011", "26133"),
        ("DE", "101156", "26133"),
        ("DE", "A-10115", "26133"),
        ("DE", "1O115", "26133"),
        ("DE", "10115\u4e00", "26133"),
        ("DE", "SW1A 1AA", "26133"),
        ("GB", "10115", "EC1Y 8SY"),
        ("GB", "SW1A", "EC1Y 8SY"),
        ("PL", "0-950", "00-950"),
        ("SE", "1145", "114 55"),
        ("JP", "154", "154-0023"),
        ("NL", "0123 AB", "1234 AB"),
        ("PT", "1000", "2725-079"),
        ("IE", "Dublin 2", "A65 F4E2"),
        ("LV", "107", "LV-1073"),
        ("AT", "-", "1010"),
    ],
)
def test_refused_postcode_says_what_would_do(country: str, text: str, example_code: str) -> None:
    address = {"name": "Ada", "street": "1", "city": "X", "postal_code": text, "country": country}
    region = next(iter(next((it.choices for it in address_fields(country) if it.choices), ())), "")

    with pytest.raises(ValidationFailed) as refused:
        read_address(address | ({"region": region[0]} if country == "JP" else {}))

    assert f"for example {example_code} (" in refused.value.errors["postal_code"]
    assert normalize_postcode(country, example_code) == example_code


def test_country_without_postcodes_accepts_none() -> None:
    with pytest.raises(InvalidPostcode):
        normalize_postcode("AE", "12345")


@pytest.mark.parametrize("country", WITH_POSTCODES)
def test_examples_of_every_country_are_in_normal_form(country: str) -> None:
    kept = example_postcode(country)

    assert normalize_postcode(country, kept) == kept
    assert normalize_postcode(country, kept.lower()) == kept
    assert normalize_postcode(country, f"{country}-{kept}") == kept


typed = st.text(
    st.characters(max_codepoint=0x7F) | st.sampled_from("\u00a0\u2009–—−ー〒１２AZ٣\u200b"),
    max_size=12,
)


@st.composite
def spelled_postcodes(draw: st.DrawFn) -> tuple[str, str]:
    """A country and a postcode of it, with blanks and dashes wherever people put them."""
    country = draw(st.sampled_from(WITH_POSTCODES))
    code = draw(st.from_regex(address_rules(country).postal_code_matchers[0], fullmatch=True))
    noise = st.sampled_from(["", "", "", " ", "-", "\u00a0", "–"])
    return country, "".join(it + draw(noise) for it in code)


@given(st.tuples(st.sampled_from(WITH_POSTCODES), typed) | spelled_postcodes())
@example(("GB", "sw1a1aa"))
@example(("CR", "101-01"))
def test_accepted_postcode_is_kept_in_one_form_of_its_country(postcode: tuple[str, str]) -> None:
    country, text = postcode
    try:
        kept = normalize_postcode(country, text)
    except InvalidPostcode:
        return

    assert kept.isascii()
    assert address_rules(country).postal_code_matchers[0].fullmatch(kept)
    assert normalize_postcode(country, kept) == kept
    assert normalize_postcode(country, kept.replace(" ", "").replace("-", "").lower()) == kept
    assert normalize_postcode(country, unicodedata.normalize("NFKD", text)) == kept


def test_order_keeps_the_normal_form(browser: TestClient) -> None:
    placed = place_order(browser, postal_code=" D\u201356\u00a0203 ")

    order = load_order_details(placed).order

    assert order.address.postal_code == "56203"
    assert "56203 Höhr-Grenzhausen" in page_text(browser.get(f"/orders/{order.order_id}"))
