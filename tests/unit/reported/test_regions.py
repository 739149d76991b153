"""Only one spelling of a region was found: woocommerce#15255, google/libaddressinput#138.

A shopper types "Quebec" or "Cordoba", a browser fills in "Illinois", and a list of options shows
only the exact name as selected.
"""

import re
import unicodedata
from html import unescape

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from app.errors import ValidationFailed
from app.orders.address_fields import address_fields, countries
from app.orders.addresses import read_address
from app.orders.models import Address
from app.shipping.regions import Region, find_region, regions
from tests.unit.app.web.pages import FRAGMENT_HEADERS, checkout_form

SPELLINGS = {
    ("US", "IL"): ("IL", "il", "Illinois", "ILLINOIS", "I.L.", " IL"),
    ("US", "NY"): ("New York", "new  york", "New\u00a0York", "N.Y.", "NewYork"),
    ("US", "DC"): ("D.C.", "District of Columbia"),
    ("CA", "QC"): ("Québec", "Quebec", "QUEBEC", "Que\u0301bec", "qc"),
    ("CA", "BC"): ("B.C.", "British-Columbia"),
    ("ES", "Cádiz"): ("Cadiz", "CÁDIZ", "cádiz"),
    ("ES", "Guipúzcoa"): ("Guipuzcoa", "Gipuzkoa"),
    ("IT", "FC"): ("Forli-Cesena", "Forlì Cesena", "fc"),
    ("IT", "AQ"): ("L'Aquila", "L\u2019Aquila", "LAquila"),
    ("BR", "SP"): ("Sao Paulo", "SÃO PAULO", "Sa\u0303o Paulo"),
    ("MX", "N.L."): ("Nuevo Leon", "NL", "Nuevo León"),
    ("MX", "Pue."): ("Puebla", "PUE"),
    ("TR", "İstanbul"): ("Istanbul", "ISTANBUL", "istanbul", "İSTANBUL"),
    ("TR", "Ağrı"): ("Agri", "AĞRI", "ağri"),
    ("AR", "Córdoba"): ("Cordoba", "cordoba"),
    ("CO", "Bogotá"): ("Bogota",),
    ("AU", "NSW"): ("N.S.W.", "New South Wales"),
    ("IE", "Co. Clare"): ("Clare", "County Clare", "Co Clare", "co. clare"),
    ("IE", "Co. Cork"): ("Cork", "County Cork"),
    ("JP", "Tokyo"): ("東京都", "TOKYO", "ｔｏｋｙｏ"),
    ("KR", "Seoul"): ("서울", "서울특별시", "\u1109\u1165\u110b\u116e\u11af"),
    ("AE", "Dubai"): ("دبي", "DUBAI"),
    ("VN", "Hà Nội"): ("Ha Noi", "Hà Nội"),
}
ROWS = [(country, kept, text) for (country, kept), texts in SPELLINGS.items() for text in texts]
WITH_REGIONS = [country for country in countries() if regions(country)]


@pytest.mark.parametrize(("country", "kept", "text"), ROWS)
def test_region_is_found_by_every_usual_spelling(country: str, kept: str, text: str) -> None:
    region = find_region(country, text)

    assert region is not None
    assert region.latin == kept


@pytest.mark.parametrize(
    ("country", "text"),
    [("US", "Bavaria"), ("US", ""), ("US", "."), ("IE", "Co."), ("IE", "County"), ("JP", "東")],
)
def test_other_text_is_no_region(country: str, text: str) -> None:
    assert find_region(country, text) is None


@pytest.mark.parametrize("country", WITH_REGIONS)
def test_no_two_regions_of_a_country_share_a_name(country: str) -> None:
    names = [name for region in regions(country) for name in region.names]

    assert len(names) == len(set(names))
    assert all(names)


def respelled(name: str, how: str) -> str:
    plain = unicodedata.normalize("NFD", name)
    return {
        "as it is": name,
        "capitals": name.upper(),
        "small letters": name.lower(),
        "decomposed": plain,
        "without accents": "".join(it for it in plain if unicodedata.combining(it) != 230),
        "dashes": name.replace(" ", "-"),
    }[how]


every_region = st.sampled_from([(it, region) for it in WITH_REGIONS for region in regions(it)])
spellings = st.sampled_from(
    ["as it is", "capitals", "small letters", "decomposed", "without accents", "dashes"]
)


@given(every_region, st.sampled_from(["key", "latin", "local", "label"]), spellings)
def test_every_name_of_a_region_is_read_in_each_spelling(
    place: tuple[str, Region], form: str, how: str
) -> None:
    country, region = place

    assert find_region(country, respelled(getattr(region, form), how)) is region


def test_refused_region_says_what_would_do() -> None:
    values = {"name": "Ada", "street": "1", "city": "X", "country": "BR", "region": "Bavaria"}

    with pytest.raises(ValidationFailed) as refused:
        read_address(values | {"postal_code": "01310100"})

    message = refused.value.errors["region"]
    example = re.search("for example (.*) \\(", message)
    assert example
    assert find_region("BR", example[1]) is not None


def test_region_of_an_address_is_kept_in_one_form() -> None:
    values = {"name": "Ada", "street": "1", "city": "X", "country": "BR", "postal_code": "01310100"}
    values["phone"] = "+55 11 5555 0123"

    kept = {read_address(values | {"region": it}).region for it in SPELLINGS["BR", "SP"]}

    assert kept == {"SP"}


def selected(page: str) -> list[str]:
    """The selected options of a page: the country, then the region if there is a list of them."""
    return [unescape(it) for it in re.findall(r'<option value="([^"]*)" selected', page)]


@pytest.mark.parametrize(("country", "kept", "text"), [*ROWS[:4], *ROWS[-10:]])
def test_region_by_another_of_its_names_stays_selected(
    browser: TestClient, country: str, kept: str, text: str
) -> None:
    form = checkout_form(browser) | {"country": country, "region": text, "email": ""}

    refused = browser.post("/checkout", data=form)
    fields = browser.post("/checkout/address", data=form, headers=FRAGMENT_HEADERS)

    assert refused.status_code == 422
    assert selected(refused.text) == [country, kept]
    assert selected(fields.text) == [kept]


def test_region_of_another_country_is_not_selected(browser: TestClient) -> None:
    form = checkout_form(browser) | {"country": "US", "region": "Bavaria", "email": ""}

    assert selected(browser.post("/checkout", data=form).text) == ["US"]


@given(every_region)
def test_written_region_is_read_back(place: tuple[str, Region]) -> None:
    country, region = place
    fields = {it.name for it in address_fields(country)}
    values = dict.fromkeys(fields - {"postal_code"}, "東") | {"name": "Ada", "country": country}
    values["region"] = region.latin

    try:
        address = read_address(values)
    except ValidationFailed:
        return  # this country needs a postcode

    again = {it: getattr(address, it) for it in Address.__struct_fields__}
    assert read_address(again) == address
    assert find_region(country, address.region) is region
