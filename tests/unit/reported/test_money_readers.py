"""Two readers of money accept different amounts, woocommerce#18100 and doorstop#101.

A reader that guesses between the English and the German meaning of "1,200" makes a price a
thousand times too high or too low.
"""

from contextlib import suppress
from decimal import Decimal
from time import process_time

import pytest
from babel.numbers import format_currency, format_decimal
from fastapi.testclient import TestClient
from hypothesis import example, given
from hypothesis import strategies as st

from app.catalog.product_fields import LABELS, PRODUCT_READERS
from app.csv_io.escaping import escape_cell, unescape_cell
from app.form_fields import InvalidValue, error_message
from app.i18n.currency import Money, PlainMoney, format_plain
from app.i18n.locales import GERMAN
from app.i18n.messages import Message
from app.money import MAX_MONEY, read_money
from tests.builders import a_product, current_product
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import input_values, page_text, sign_in_as

ACCEPTED = {
    "12": 1_200,
    "12.00": 1_200,
    "12,00": 1_200,
    "12.5": 1_250,
    "12,5": 1_250,
    ".5": 50,
    ",99": 99,
    "0": 0,
    "€12.00": 1_200,
    "12 €": 1_200,
    "12€": 1_200,
    "EUR 12.00": 1_200,
    "12,00 eur": 1_200,
    "12 Euro": 1_200,
    "€12.00 EUR": 1_200,
    "+12.00": 1_200,
    "+ €12": 1_200,
    "12,-": 1_200,
    "12,\u2013 €": 1_200,
    "1'200.-": 120_000,
    "1.200,-": 120_000,
    "1,200.00": 120_000,
    "1.200,00": 120_000,
    "1 200,00": 120_000,
    "1\u00a0200,00": 120_000,
    "1\u202f200,00\u00a0€": 120_000,
    "1'200.00": 120_000,
    "1\u2019200.00": 120_000,
    "1'200": 120_000,
    "1 200": 120_000,
    "1,200.5": 120_050,
    "99.999,99": MAX_MONEY,
    "00048": 4_800,
    "\uff11\uff12\uff0c\uff15\uff10": 1_250,
    "\uff0b\uff11\uff12": 1_200,
    "\ufeff12.00\u200e": 1_200,
    " 12.00\t\n": 1_200,
    "\u202d12.50\u202c": 1_250,  # copied from the calculator of Windows
}
REFUSED = {
    "": "Enter a price.",
    " \u200b": "Enter a price.",
    "1,200": "Enter 1200.00 or 1.20 as a price: “1,200” can mean either.",
    "1.200": "Enter 1200.00 or 1.20 as a price: “1.200” can mean either.",
    "€ 12,345": "Enter 12345.00 or 12.34 as a price: “12,345” can mean either.",
    "1.999": "Enter 1999.00 or 2.00 as a price: “1.999” can mean either.",
    "-5": "without a minus sign",
    "\u22125": "without a minus sign",
    "5,00-": "without a minus sign",
    "€-5": "without a minus sign",
    "(5.00)": "without a minus sign",
    "12.345,678": "at most two decimals",
    "0.001": "at most two decimals",
    "0.500": "at most two decimals",
    "123,456": "at most two decimals",
    "1 200,500": "at most two decimals",
    "100000": "of at most €99,999.99",
    "1,234,567": "of at most €99,999.99",
    "1.234.567,00": "of at most €99,999.99",
    "9" * 40: "of at most €99,999.99",
    "9" * 41: "at most 40 characters",
    "$12": "in euros, like 48.00",
    "12 $": "in euros, like 48.00",
    "US$ 12.00": "in euros, like 48.00",
    "\uff0412": "in euros, like 48.00",
    "CHF 12.-": "in euros, like 48.00",
    "12.00 zł": "in euros, like 48.00",
    "£12": "in euros, like 48.00",
    "1e5": "no exponent, like 1200.00",
    "1,2E+03": "no exponent, like 1200.00",
    "12. Mai": "has made this one a date",
    "May-12": "has made this one a date",
    "12.05.2026": "has made this one a date",
    "2026-05-12 00:00:00": "has made this one a date",
    "déc-12": "has made this one a date",
    "juin-12": "has made this one a date",
    "12-avr": "has made this one a date",
    "août 2026": "has made this one a date",
    "0 200": "like 48.00",
    "5.": "like 48.00",
    "1,20.00": "like 48.00",
    "1.2.3": "like 48.00",
    "12 50": "like 48.00",
    "12-50": "like 48.00",
    "1 200.000,00": "like 48.00",
    "0x10": "like 48.00",
    "NaN": "like 48.00",
    "\u0663": "like 48.00",
    "5\u00b2": "like 48.00",
    "<b>": "like 48.00",
}
LOCALES = ("en_US", "en_GB", "de_DE", "de_CH", "de_AT", "fr_FR", "sv_SE")
CELL_FORMATS = ("0.00", "0.##", "#,##0.00", "#,##0.00 €", "€#,##0.00")
amounts = st.integers(0, MAX_MONEY)


def message_of(text: str, label: str = "a price") -> str:
    try:
        read_money(text)
    except ValueError as error:
        return error_message(error, label)
    return ""


@pytest.mark.parametrize("text", ACCEPTED)
def test_amount_in_any_clear_notation_is_read(text: str) -> None:
    assert read_money(text) == ACCEPTED[text]


@pytest.mark.parametrize("text", REFUSED)
def test_other_amount_is_refused_with_words_that_say_what_to_enter(text: str) -> None:
    assert REFUSED[text] in message_of(text)


def test_price_above_zero_is_required_where_a_product_is_sold() -> None:
    with pytest.raises(ValueError, match=r"of at least €0\.01"):
        PRODUCT_READERS["price"]("0,00")


def test_german_readers_see_the_readings_as_they_write_them() -> None:
    message = message_of("1.200")

    assert isinstance(message, Message)
    assert "1200,00 oder 1,20" in GERMAN.translate(message)


@pytest.mark.parametrize("locale", LOCALES)
@given(cents=amounts)
@example(cents=0)
@example(cents=5)
@example(cents=120_000)
@example(cents=MAX_MONEY)
def test_amount_that_a_spreadsheet_writes_is_read_back(locale: str, cents: int) -> None:
    """Excel and LibreOffice save a cell as their locale displays it."""
    amount = Decimal(cents) / 100
    cells = [format_decimal(amount, cell_format, locale) for cell_format in CELL_FORMATS]
    written = [*cells, format_currency(amount, "EUR", locale=locale), format_plain(cents)]

    assert {text: read_money(text) for text in written} == dict.fromkeys(written, cents)


@given(amounts)
def test_written_amount_is_read_back_in_the_normal_form(cents: int) -> None:
    for text in (format_plain(cents), str(Money(cents)), GERMAN.format_money(cents)):
        assert read_money(text) == cents
        assert read_money(unescape_cell(str(escape_cell(text)))) == cents


@given(st.integers(1, 99_999), st.sampled_from(",."))
def test_either_reading_of_an_ambiguous_amount_can_be_entered(number: int, mark: str) -> None:
    thousands, rest = divmod(number, 1_000)
    if not thousands:
        return
    with pytest.raises(InvalidValue, match="can mean either") as raised:
        read_money(f"{thousands}{mark}{rest:03}")

    readings = [raised.value.facts[name] for name in ("grouped", "decimal")]
    assert [read_money(str(reading)) for reading in readings] == readings
    assert readings[0] == number * 100
    assert abs(readings[1] - number / 10) <= 1


@given(st.text("0123456789.,'-+eE€$ \u00a0\u202f\uff11\uff0e", max_size=12))
@example("1,200")
def test_any_text_is_read_in_one_way_or_refused_with_an_example(text: str) -> None:
    with suppress(ValueError):
        cents = read_money(text)
        assert read_money(format_plain(cents)) == cents
        assert message_of(text) == ""
        return
    assert message_of(text).startswith(("Enter a price", "Enter "))
    assert "%(" not in message_of(text)


@pytest.mark.parametrize("unit", ["1", "1,", " ", "1 ", "€", "-", "1-", "E1", "a1", ".1."])
def test_time_for_hostile_amounts_is_bounded_by_their_length(unit: str) -> None:
    times = []
    for length in (4_096, 65_536):
        started = process_time()
        for _ in range(50):
            message_of((unit * length)[:length])
            message_of((unit * 40)[:40])
        times.append(process_time() - started)

    assert times[1] < 16 * max(times[0], 0.001)


# --- every place that takes an amount --------------------------------------------------------


@pytest.mark.parametrize("typed", ["1.250,50", "1,250.50", "€1250.5", "1 250,50 €"])
def test_every_form_reads_the_same_amounts(browser: TestClient, typed: str) -> None:
    product = a_product()
    sign_in_as(browser, MERCHANT)
    edit = f"/admin/products/{product.slug}/edit"

    browser.post(edit, data=input_values(browser.get(edit)) | {"price": typed})
    by_form = current_product(product).price
    review = browser.post(
        "/admin/products/bulk-edit",
        data={f"product-{product.slug}": "1", "action": "change_amount", "change_amount": typed},
    )
    page = browser.get("/products", params={"price_min": "11,99", "price_max": typed})

    assert by_form == 125_050
    assert "€1,250.50 €2,501.00" in page_text(review)
    assert page.status_code == 200
    assert "€1,250.50" in page_text(page)


def test_price_filter_asks_about_an_ambiguous_amount(browser: TestClient) -> None:
    a_product()

    page = browser.get("/products", params={"price_min": "1,200"})

    assert page.status_code == 422
    assert "Enter 1200.00 or 1.20 as a minimum price" in page_text(page)


def test_labels_name_each_field_with_an_amount() -> None:
    with pytest.raises(ValueError, match="Enter") as raised:
        PRODUCT_READERS["compare_at"]("12 $")

    expected = "Enter a compare-at price in euros, like 48.00."
    assert error_message(raised.value, LABELS["compare_at"]) == expected
    assert str(PlainMoney(1_250)) == "12.50"
