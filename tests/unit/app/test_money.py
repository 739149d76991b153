import pytest

from app.money import format_money, format_plain, parse_amount, parse_price
from app.vat import vat_included


@pytest.mark.parametrize(
    ("cents", "formatted"),
    [
        (0, "€0.00"),
        (5, "€0.05"),
        (2_450, "€24.50"),
        (123_456_789, "€1,234,567.89"),
        (-50, "-€0.50"),
    ],
)
def test_money_is_formatted_with_two_decimals(cents: int, formatted: str) -> None:
    assert format_money(cents) == formatted


@pytest.mark.parametrize(("gross", "vat"), [(11_900, 1_900), (0, 0), (1, 0), (3, 0), (4, 1)])
def test_vat_in_a_gross_price_is_rounded_half_up(gross: int, vat: int) -> None:
    assert vat_included(gross) == vat


@pytest.mark.parametrize(
    ("text", "cents"), [("48.00", 4_800), ("48", 4_800), ("0.01", 1), ("99999.99", 9_999_999)]
)
def test_price_is_parsed_to_the_cent(text: str, cents: int) -> None:
    assert parse_price(text) == cents


@pytest.mark.parametrize(
    "text",
    [
        *("-1", "0", "0.00", "0.001", "1,234.56", "48,00", "1e5", "1000000000000", "NaN", "inf"),
        *("", " 5", "+5", "5.", ".5", "5.5", "0x10", "４８", "48\n", "٣"),
    ],
)
def test_price_in_another_notation_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="Enter"):
        parse_price(text)


def test_plain_format_has_a_decimal_point() -> None:
    assert [format_plain(cents) for cents in (5, 2_400, 123_450)] == ["0.05", "24.00", "1234.50"]


def test_amount_may_be_zero() -> None:
    assert parse_amount("0") == parse_amount("0.00") == 0
