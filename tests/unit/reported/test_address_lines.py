"""Addresses were written by hand in four places, postcode first everywhere, and lost their state:
woocommerce#14860, zencart#5731. Errors did not name their field: scaleway/postal-address#7.
"""

from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

import msgspec
import pytest
from fastapi.testclient import TestClient
from httpx import Response
from hypothesis import given
from hypothesis import strategies as st

from app.emails.templates import render_email
from app.errors import ValidationFailed
from app.i18n.locales import ENGLISH, GERMAN, Language
from app.orders.address_fields import address_fields, countries
from app.orders.addresses import read_address
from app.orders.models import Address, Order
from app.orders.queries import load_order_details
from app.shipping.address_format import format_address
from app.shipping.postcodes import example_postcode
from infra.local.cloud import LocalCloud
from infra.local.sample_emails import sample_email
from tests.builders import a_product, an_order, sku_of
from tests.unit.app.web.pages import FRAGMENT_HEADERS, checkout_form, page_text, place_order

# street, city, region, postcode, and the lines between name and country
PRINTED: dict[str, tuple[str, str, str, str, list[str]]] = {
    "AE": ("Sheikh Zayed Rd 1", "", "Dubai", "", ["Sheikh Zayed Rd 1", "Dubai"]),
    "AT": ("Graben 1", "Wien", "", "1010", ["Graben 1", "1010 Wien"]),
    "AU": ("1 George St", "Sydney", "NSW", "2000", ["1 George St", "Sydney NSW 2000"]),
    "BE": ("Rue Neuve 1", "Bruxelles", "", "1000", ["Rue Neuve 1", "1000 Bruxelles"]),
    "BR": ("Av. Paulista 1", "São Paulo", "SP", "01310-100",
           ["Av. Paulista 1", "São Paulo-SP", "01310-100"]),
    "CA": ("111 Wellington St", "Ottawa", "ON", "K1A 0A9",
           ["111 Wellington St", "Ottawa ON K1A 0A9"]),
    "CH": ("Bahnhofstr. 1", "Zürich", "", "8001", ["Bahnhofstr. 1", "CH-8001 Zürich"]),
    "CN": ("Chaoyang Lu 1", "Beijing", "Beijing Shi", "100020",
           ["Chaoyang Lu 1", "Beijing", "Beijing Shi, 100020"]),
    "CZ": ("Dlouhá 1", "Praha", "", "110 00", ["Dlouhá 1", "110 00 Praha"]),
    "DE": ("Torstr. 1", "Berlin", "", "10119", ["Torstr. 1", "10119 Berlin"]),
    "DK": ("Bredgade 1", "København", "", "1260", ["Bredgade 1", "1260 København"]),
    "ES": ("Gran Vía 1", "Alcalá", "Madrid", "28801", ["Gran Vía 1", "28801 Alcalá", "Madrid"]),
    "FI": ("Aleksi 1", "Helsinki", "", "00100", ["Aleksi 1", "FI-00100 Helsinki"]),
    "FR": ("1 rue de Rivoli", "Paris", "", "75001", ["1 rue de Rivoli", "75001 Paris"]),
    "GB": ("10 Downing Street", "London", "", "SW1A 2AA",
           ["10 Downing Street", "London", "SW1A 2AA"]),
    "GR": ("Ermou 1", "Athina", "", "105 63", ["Ermou 1", "105 63 Athina"]),
    "HK": ("1 Queen's Rd", "Central", "Hong Kong Island", "",
           ["1 Queen's Rd", "Central", "Hong Kong Island"]),
    "HU": ("Fő u. 1", "Budapest", "", "1011", ["Budapest", "Fő u. 1", "1011"]),
    "IE": ("1 O'Connell St", "Ennis", "Co. Clare", "V95 A1C2",
           ["1 O'Connell St", "Ennis", "Co. Clare", "V95 A1C2"]),
    "IN": ("1 Janpath", "New Delhi", "Delhi", "110001", ["1 Janpath", "New Delhi 110001", "Delhi"]),
    "IT": ("Via Roma 1", "Torino", "TO", "10121", ["Via Roma 1", "10121 Torino TO"]),
    "JP": ("2-7-2 Marunouchi", "Chiyoda-ku", "Tokyo", "100-8994",
           ["2-7-2 Marunouchi", "Chiyoda-ku, Tokyo", "100-8994"]),
    "KR": ("152 Teheran-ro", "Gangnam-gu", "Seoul", "06236",
           ["152 Teheran-ro", "Gangnam-gu", "Seoul", "06236"]),
    "LU": ("1 Grand-Rue", "Luxembourg", "", "1661", ["1 Grand-Rue", "L-1661 Luxembourg"]),
    "LV": ("Brīvības 1", "Rīga", "", "LV-1010", ["Brīvības 1", "Rīga, LV-1010"]),
    "MX": ("Av. Juárez 1", "Puebla", "Pue.", "72000", ["Av. Juárez 1", "72000 Puebla, Pue."]),
    "NL": ("Damrak 1", "Amsterdam", "", "1012 LG", ["Damrak 1", "1012 LG Amsterdam"]),
    "NO": ("Karl Johan 1", "Oslo", "", "0154", ["Karl Johan 1", "0154 Oslo"]),
    "NZ": ("1 Queen St", "Auckland", "", "1010", ["1 Queen St", "Auckland 1010"]),
    "PL": ("Nowy Świat 1", "Warszawa", "", "00-496", ["Nowy Świat 1", "00-496 Warszawa"]),
    "PT": ("Rua Augusta 1", "Lisboa", "", "1100-048", ["Rua Augusta 1", "1100-048 Lisboa"]),
    "SE": ("Kungsg. 1", "Stockholm", "", "111 43", ["Kungsg. 1", "SE-111 43 Stockholm"]),
    "SG": ("1 Orchard Rd", "", "", "238824", ["1 Orchard Rd", "SINGAPORE 238824"]),
    "TR": ("İstiklal 1", "Beyoğlu", "İstanbul", "34430",
           ["İstiklal 1", "34430 Beyoğlu/İstanbul"]),
    "US": ("1 Main St", "Springfield", "IL", "62701", ["1 Main St", "Springfield, IL 62701"]),
}  # fmt: skip
LOCAL = {
    "JP": (["丸の内2-7-2", "千代田区", "東京都", "100-8994"],
           ["〒100-8994", "東京都千代田区", "丸の内2-7-2", "Ada Potter"]),
    "CN": (["朝阳路1号", "北京", "北京市", "100020"],
           ["100020", "北京市北京", "朝阳路1号", "Ada Potter"]),
    "HK": (["皇后大道1號", "中環", "香港島", ""], ["香港島", "中環", "皇后大道1號", "Ada Potter"]),
    "TW": (["忠孝路1號", "信義區", "台北市", "110"],
           ["110", "台北市信義區", "忠孝路1號", "Ada Potter"]),
    "KR": (["테헤란로 152", "강남구", "서울특별시", "06236"],
           ["서울특별시 강남구", "테헤란로 152", "Ada Potter", "06236"]),
}  # fmt: skip
PARTS = ("street", "city", "region", "postal_code")
PHONE = "+49 2624 123456"


def printed(country: str) -> Address:
    street, city, region, postal_code, _ = PRINTED[country]
    return Address("Ada Potter", street, city, postal_code, region, country, phone=PHONE)


def fields_of(country: str) -> dict[str, str]:
    values = dict(zip(PARTS, PRINTED[country][:4], strict=True))
    empty = dict.fromkeys(("company", "street2", "district"), "")
    return {"name": "Ada Potter", "country": country, "phone": PHONE, **values, **empty}


def test_table_prints_30_countries() -> None:
    assert len(PRINTED) >= 30


@pytest.mark.parametrize("country", PRINTED)
def test_address_is_written_as_the_post_of_its_country_writes_it(country: str) -> None:
    expected = ["Ada Potter", *PRINTED[country][4], countries()[country]]

    assert format_address(printed(country)) == expected
    assert read_address(fields_of(country)) == printed(country)


@pytest.mark.parametrize("country", LOCAL)
def test_address_in_the_local_script_is_written_in_the_local_order(country: str) -> None:
    (street, city, region, postal_code), lines = LOCAL[country]
    address = Address("Ada Potter", street, city, postal_code, region, country, phone=PHONE)

    assert format_address(address) == [*lines, countries()[country]]
    values = dict(zip(PARTS, (street, city, region, postal_code), strict=True))
    submitted = {"name": "Ada Potter", "country": country, "phone": PHONE, **values}
    assert read_address(submitted) == address


word = st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd"]), min_size=1, max_size=12)


@st.composite
def addresses(draw: st.DrawFn) -> Address:
    """Any fields in any country, each with a mark by which it can be found again."""
    optional = (*PARTS, "company", "street2", "district")
    values = {it: draw(st.just("") | word.map(f"<{it}>{{}}".format)) for it in optional}
    country = draw(st.sampled_from(list(countries())))
    return Address(name="<name>" + draw(word), country=country, **values)


@given(addresses(), st.sampled_from([ENGLISH, GERMAN]))
def test_writer_writes_every_field_exactly_once(address: Address, language: Language) -> None:
    text = "\n".join(format_address(address, language))

    for field in ("name", "company", "street2", "district", *PARTS):
        assert text.count(f"<{field}>") == bool(getattr(address, field))
        assert getattr(address, field) in text
    assert text.endswith(language.country_names([address.country])[address.country])


@st.composite
def submitted_addresses(draw: st.DrawFn) -> dict[str, str]:
    country = draw(st.sampled_from(list(countries())))
    fields = {it.name: it for it in address_fields(country)}
    texts = [it for it in ("name", "street", "city") if it in {"name", *fields}]
    values: dict[str, str] = {it: draw(word) for it in texts}
    if "postal_code" in fields:
        values["postal_code"] = f" {country} {example_postcode(country)}\u00a0".lower()
    if "region" in fields and fields["region"].choices:
        values["region"] = draw(st.sampled_from([it for it, _ in fields["region"].choices]))
    return {"country": country, "phone": PHONE, **values}


@given(submitted_addresses())
def test_reading_an_address_again_changes_nothing(values: dict[str, str]) -> None:
    try:
        address = read_address(values)
    except ValidationFailed:
        return

    again = {it: getattr(address, it) for it in Address.__struct_fields__}
    assert read_address(again) == address


# --- everything that shows an address -------------------------------------------------------


@dataclass(frozen=True)
class Api:
    browser: TestClient

    def place(self, address: dict[str, Any], key: str = "", **others: Any) -> Response:
        body = {
            **others,
            "lines": [{"sku": sku_of(a_product()), "quantity": 1}],
            "email": "ada@potter.example",
            "address": address,
            "payment_method": "pm_succeeds",
        }
        headers = {"Idempotency-Key": key or token_urlsafe(24)}
        response: Response = self.browser.post("/api/orders", json=body, headers=headers)
        return response


@pytest.fixture
def api(browser: TestClient) -> Api:
    return Api(browser)


def us_order(**details: Any) -> Order:
    return an_order(address=printed("US"), **details)


@pytest.mark.parametrize(
    ("language", "country"), [(ENGLISH, "United States"), (GERMAN, "Vereinigte Staaten")]
)
def test_emails_write_a_us_address_with_its_state(
    language: Language, country: str, tables: LocalCloud
) -> None:
    order = load_order_details(us_order(email_verified=True).order_id).order

    email = render_email("order_placed", language, order=order, link="https://shop.example/")

    lines = ["Ada Potter", "1 Main St", "Springfield, IL 62701", country]
    assert "\n".join(f"  {line}" for line in lines) in email.text
    assert "<br>".join(f"<bdi>{line}</bdi>" for line in lines) in email.html


def test_sample_email_writes_the_address_of_its_order() -> None:
    assert "Germany" in sample_email("order_placed").text


def test_order_page_writes_a_us_address_with_its_state(browser: TestClient) -> None:
    order_id = place_order(
        browser, country="US", street="1 Main St", city="Springfield", region="IL",
        postal_code="62701",
    )  # fmt: skip

    page = page_text(browser.get(f"/orders/{order_id}"))

    assert "1 Main St Springfield, IL 62701 United States" in page
    german = browser.get(f"/orders/{order_id}", headers={"Accept-Language": "de"})
    assert "Springfield, IL 62701 Vereinigte Staaten" in page_text(german)


def test_admin_order_page_writes_a_us_address_with_its_state(merchant: TestClient) -> None:
    page = page_text(merchant.get(f"/admin/orders/{us_order().order_id}"))

    assert "Ada Potter 1 Main St Springfield, IL 62701 United States" in page


@pytest.mark.parametrize("country", PRINTED)
def test_api_returns_the_address_that_it_keeps(api: Api, country: str) -> None:
    sent = fields_of(country)

    placed = api.place(sent)

    assert placed.status_code == 201, placed.text
    address = placed.json()["address"]
    assert address.pop("lines") == ["Ada Potter", *PRINTED[country][4], countries()[country]]
    assert address == sent
    assert api.place(address).json()["address"] == placed.json()["address"]


def test_api_keeps_billing_address_and_delivery_note(api: Api) -> None:
    billing = {it: text for it, text in fields_of("FR").items() if it != "phone"}
    sent = fields_of("US") | {"company": "Potter & Co", "street2": "Apt 4"}
    body: dict[str, Any] = {"billing_address": billing, "delivery_note": "Ring twice."}

    placed = api.place(sent, **body)

    assert placed.status_code == 201, placed.text
    order = placed.json()
    assert order["address"]["lines"][1:3] == ["Potter & Co", "1 Main St"]
    assert order["billing_address"]["lines"][-2:] == ["75001 Paris", "France"]
    assert order["delivery_note"] == "Ring twice."


@pytest.mark.parametrize(
    ("body", "location"),
    [
        ({"billing_address": {"country": "US"}}, "body/billing_address/"),
        ({"delivery_note": "x" * 251}, "body/delivery_note"),
        ({"delivery_note": "4242 4242 4242 4242"}, "body/delivery_note"),
    ],
)
def test_api_names_the_new_field_that_is_not_valid(
    api: Api, body: dict[str, Any], location: str
) -> None:
    refused = api.place(fields_of("DE"), **body)

    assert refused.status_code == 422
    assert all(it["location"].startswith(location) for it in refused.json()["errors"])


def test_api_asks_for_a_phone_number_outside_the_eu(api: Api) -> None:
    refused = api.place(fields_of("US") | {"phone": ""})

    assert [it["location"] for it in refused.json()["errors"]] == ["body/address/phone"]


def test_address_that_was_stored_with_fewer_fields_is_read_and_written() -> None:
    stored = (
        '{"name":"Ada","street":"1 Main St","city":"Springfield","postal_code":"62701",'
        '"region":"IL","country":"US"}'
    )

    address = msgspec.json.decode(stored, type=Address)

    assert format_address(address)[1:3] == ["1 Main St", "Springfield, IL 62701"]
    assert msgspec.json.encode(address).decode() == stored


def test_api_retry_with_another_spelling_of_the_postcode_is_the_same_order(api: Api) -> None:
    key, product = token_urlsafe(24), a_product()
    body = {
        "lines": [{"sku": sku_of(product), "quantity": 1}],
        "email": "ada@potter.example",
        "payment_method": "pm_succeeds",
    }
    first, again = (
        api.browser.post(
            "/api/orders",
            json=body | {"address": fields_of("GB") | {"postal_code": code}},
            headers={"Idempotency-Key": key},
        )
        for code in ("SW1A 2AA", "sw1a2aa")
    )

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["address"]["postal_code"] == "SW1A 2AA"


@pytest.mark.parametrize(
    ("country", "field", "value"),
    [
        ("DE", "region", "Berlin"),
        ("GB", "region", "Greater London"),
        ("AE", "postal_code", "00000"),
        ("AE", "city", "Dubai"),
        ("HK", "postal_code", "999077"),
        ("SG", "city", "Singapore"),
        ("FR", "region", "Île-de-France"),
    ],
)
def test_api_refuses_a_field_that_the_country_does_not_use(
    api: Api, country: str, field: str, value: str
) -> None:
    refused = api.place(fields_of(country) | {field: value})

    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    detail = error["detail"]
    assert error["location"] == f"body/address/{field}"
    assert detail.startswith("An address in this country has no ")
    assert f"({countries()[country]}): check the country, or leave it out." in detail


@pytest.mark.parametrize(
    ("country", "field", "message"),
    [
        ("JP", "city", "Enter your city."),
        ("US", "region", "Select your state."),
        ("CA", "region", "Select your province."),
        ("AU", "city", "Enter your suburb."),
        ("IT", "region", "Select your province."),
    ],
)
def test_api_asks_for_a_field_that_the_country_needs(
    api: Api, country: str, field: str, message: str
) -> None:
    refused = api.place(fields_of(country) | {field: ""})

    assert refused.status_code == 422
    assert refused.json()["errors"] == [{"location": f"body/address/{field}", "detail": message}]


@pytest.mark.parametrize(
    ("country", "changes", "messages"),
    [
        (
            "DE",
            {"postal_code": "1011", "city": ""},
            {"postal_code": "26133 (", "city": "your city"},
        ),
        ("DE", {"name": " ", "street": "\u200b"}, {"name": "full name", "street": "can be seen"}),
        ("US", {"region": "Bavaria", "name": "Ada\u202e"}, {"region": "AL (", "name": "U+202E"}),
        ("US", {"postal_code": "10001"}, {"postal_code": "10001 is not in Illinois."}),
        ("GB", {"city": "4242 4242 4242 4242"}, {"city": "card numbers"}),
        ("GB", {"street": "x" * 101}, {"street": "at most 100 characters"}),
        ("de", {}, {"country": "in capitals, such as DE."}),
        ("ZZ", {}, {"country": "in capitals, such as DE."}),
        ("", {}, {"country": "in capitals, such as DE."}),
    ],
)
def test_each_error_of_an_address_has_the_location_of_its_field(
    api: Api, country: str, changes: dict[str, str], messages: dict[str, str]
) -> None:
    sent = fields_of(country if country in PRINTED else "DE") | {"country": country}

    refused = api.place(sent | changes)

    assert refused.status_code == 422
    errors = {it["location"]: it["detail"] for it in refused.json()["errors"]}
    assert errors.keys() == {f"body/address/{field}" for field in messages}
    assert all(messages[it.rpartition("/")[2]] in detail for it, detail in errors.items()), errors


def test_state_that_the_new_country_does_not_use_is_not_dropped(browser: TestClient) -> None:
    """Without JavaScript, the country can be changed without loading its fields."""
    form = checkout_form(browser, region="IL")

    refused = browser.post("/checkout", data=form)

    assert refused.status_code == 422
    assert '<a href="#country">An address in this country has no province' in refused.text
    assert "region" not in form_names(refused)


def test_checkout_asks_for_the_city_of_a_japanese_address(browser: TestClient) -> None:
    form = checkout_form(browser) | {"country": "JP"}

    fields = browser.post("/checkout/address", data=form, headers=FRAGMENT_HEADERS)

    assert 'id="city" name="city"' in fields.text
    refused = browser.post(
        "/checkout", data=form | {"city": "", "region": "Tokyo", "postal_code": "100-8994"}
    )
    assert "Enter your city." in page_text(refused)


def form_names(page: Response) -> set[str]:
    return {it.split('"')[0] for it in page.text.split(' name="')[1:]}
