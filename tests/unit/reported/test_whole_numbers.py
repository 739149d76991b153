"""Imports refused numbers with groups of digits: jasp-desktop#403, crypto_log#11.

In jasp-stats/jasp-desktop it was "1.000,92", in shadowmax31/crypto_log "1,000".
"12,000" is twelve thousand units in English, and twelve in German from a program that writes
quantities with three decimals: such a text is asked about, not guessed.
"""

from contextlib import suppress

import pytest
from babel.numbers import format_decimal
from fastapi.testclient import TestClient
from hypothesis import example, given
from hypothesis import strategies as st

from app.catalog.imports.jobs import create_import, product_results
from app.catalog.imports.processing import process_file
from app.catalog.product_fields import LABELS, PRODUCT_READERS, VARIANT_READERS
from app.form_fields import InvalidValue, error_message, read_number
from app.i18n.locales import GERMAN
from app.i18n.messages import Message
from app.number_notation import plain_number, ungrouped, whole_readings
from tests.builders import NOON, a_product, counters, current_product, sku_of
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import input_values, page_text, sign_in_as

MAXIMUM = 100_000
ACCEPTED = {
    "1250": 1_250,
    "1,250": 1_250,
    "1.250": 1_250,
    "1 250": 1_250,
    "1\u202f250": 1_250,
    "1\u00a0250": 1_250,
    "1'250": 1_250,
    "1\u2019250": 1_250,
    "1250.0": 1_250,
    "1250,00": 1_250,
    "1,250.00": 1_250,
    "1.250,000": 1_250,
    "1 250,0": 1_250,
    "+5": 5,
    "00012": 12,
    "0,00": 0,
    " 250\t": 250,
    "\ufeff250\u200b": 250,
    "\u202d250\u202c": 250,
    "\uff11\uff0c\uff12\uff15\uff10": 1_250,
    "99,999": 99_999,
    "250,000": 250,  # as 250,000 units it is above the maximum
}
LIKE = "as a whole number, like 12."
REFUSED = {
    "": "Enter a quantity.",
    "\u200b \ufeff": "Enter a quantity.",
    "12,000": "Enter 12000 or 12 as a quantity: “12,000” can mean either.",
    "12.000": "Enter 12000 or 12 as a quantity: “12.000” can mean either.",
    "100,000": "Enter 100000 or 100 as a quantity: “100,000” can mean either.",
    "1.5": LIKE,
    "1,25": LIKE,
    "0,250": LIKE,
    "1250.5": LIKE,
    "12,50": LIKE,
    "-5": LIKE,
    "\u22125": LIKE,
    "5-": LIKE,
    "1,00,000": LIKE,
    "1.2.3": LIKE,
    "1.250.50": LIKE,
    "1 250 00": LIKE,
    "12.": LIKE,
    ",5": LIKE,
    "1e3": LIKE,
    "1,25E+03": LIKE,
    "0x10": LIKE,
    "1_250": LIKE,
    "5 g": LIKE,
    "1,25 kg": LIKE,
    "05. Mai": LIKE,
    "\u0663": LIKE,
    "5\u00b2": LIKE,
    "\u221e": LIKE,
    "9" * 41: LIKE,
    "100001": "of at most 100000",
    "250,001": "of at most 100000",
}
LOCALES = ("en_US", "de_DE", "de_CH", "fr_FR", "sv_SE")


def message_of(text: str) -> str:
    try:
        read_number(text, maximum=MAXIMUM)
    except ValueError as error:
        return error_message(error, "a quantity")
    return ""


@pytest.mark.parametrize("text", ACCEPTED)
def test_whole_number_in_any_clear_notation_is_read(text: str) -> None:
    assert read_number(text, maximum=MAXIMUM) == ACCEPTED[text]


@pytest.mark.parametrize("text", REFUSED)
def test_other_number_is_refused_with_words_that_say_what_to_enter(text: str) -> None:
    assert REFUSED[text] in message_of(text)


def test_smallest_number_decides_between_two_readings_too() -> None:
    assert read_number("12,000", minimum=100, maximum=MAXIMUM) == 12_000


def test_german_readers_see_both_readings() -> None:
    message = message_of("12,000")

    assert isinstance(message, Message)
    assert "12000 oder 12" in GERMAN.translate(message)


@pytest.mark.parametrize("locale", LOCALES)
@given(number=st.integers(0, MAXIMUM))
@example(number=1_250)
@example(number=12_000)
def test_number_that_a_spreadsheet_writes_is_read_back_or_asked_about(
    locale: str, number: int
) -> None:
    for cell_format in ("0", "#,##0", "0.00", "#,##0.00"):
        written = format_decimal(number, cell_format, locale)
        assert number in whole_readings(written)
        with suppress(InvalidValue):
            assert read_number(written, maximum=MAXIMUM) == number
    assert read_number(str(number), maximum=MAXIMUM) == number


@given(st.integers(1, 999), st.integers(0, 999), st.sampled_from(",. '\u202f"))
def test_grouped_number_has_one_reading_unless_its_last_group_is_zero(
    thousands: int, rest: int, mark: str
) -> None:
    readings = whole_readings(f"{thousands}{mark}{rest:03}")

    can_be_decimal = rest == 0 and mark in ",."
    assert readings == [1_000 * thousands + rest, *([thousands] if can_be_decimal else [])]


@given(st.text("0123456789.,'-+eE \u00a0\u202f\uff11\u202d", max_size=14))
@example("1,250")
def test_any_text_is_read_in_one_way_or_refused_with_an_example(text: str) -> None:
    with suppress(ValueError):
        number = read_number(text, maximum=MAXIMUM)
        assert read_number(str(number), maximum=MAXIMUM) == number
        return
    assert message_of(text).startswith("Enter ")
    assert "%(" not in message_of(text)


@given(st.text(max_size=30))
def test_plain_number_is_plain_already(text: str) -> None:
    plain = plain_number(text)

    assert plain_number(plain) == plain
    assert ungrouped(ungrouped(plain) or "") in ("", ungrouped(plain))


# --- every place that takes a number --------------------------------------------------------


def test_every_form_reads_grouped_numbers(browser: TestClient) -> None:
    product = a_product(quantity=20)
    sku = sku_of(product)
    sign_in_as(browser, MERCHANT)
    edit, stock = f"/admin/products/{product.slug}/edit", f"/admin/stock/{sku}"
    receive = f"/admin/products/{product.slug}/receive-stock"

    browser.post(edit, data=input_values(browser.get(edit)) | {"weight_g": "1.250"})
    delivery = input_values(browser.get(f"/admin/products/{product.slug}"))["delivery_id"]
    browser.post(receive, data={"sku": sku, "quantity": "1 250", "delivery_id": delivery})
    count = input_values(browser.get(browser.get(stock).headers["location"]))
    browser.post(stock + "/adjustments", data=count | {"reason": "broken", "quantity": "1,250.0"})

    assert current_product(product).weight_g == 1_250
    assert counters(product) == (20, 0, 0)


def test_import_asks_about_an_ambiguous_weight(browser: TestClient) -> None:
    product = a_product()
    job = create_import(by=MERCHANT, now=NOON)

    process_file(job, f"slug;weight_g\n{product.slug};2.000\n".encode(), "A1", now=NOON)

    ((result,),) = [result.errors for result in product_results(job.import_id)]
    assert result.message == "Enter 2000 or 2 as a weight in grams: “2.000” can mean either."


@pytest.mark.parametrize("path", ["/products?page=1,250", "/api/products?limit=1,0"])
def test_parameter_that_a_program_writes_has_no_groups(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 422


def test_admin_field_has_room_for_groups_and_decimals(browser: TestClient) -> None:
    """A browser cuts a pasted text at the maximum length, and says nothing: 100,000 was 100,00."""
    product = a_product()
    sign_in_as(browser, MERCHANT)

    for path in (f"/admin/products/{product.slug}/edit", "/admin/products/new"):
        page = browser.get(path)
        assert 'maxlength="6"' not in page.text
        assert "Weight in grams" in page_text(page)


def test_readers_of_numbers_have_labels() -> None:
    for readers, field in ((PRODUCT_READERS, "weight_g"), (VARIANT_READERS, "quantity")):
        with pytest.raises(InvalidValue) as raised:
            readers[field]("many")
        assert LABELS[field] in raised.value.message_for(LABELS[field])
