import pytest

from app.money import formatted, plain, read_amount, read_price, vat_included


@pytest.mark.parametrize(
    ("cents", "written"),
    [
        (0, "€0.00"),
        (5, "€0.05"),
        (2_450, "€24.50"),
        (123_456_789, "€1,234,567.89"),
        (-50, "-€0.50"),
    ],
)
def test_money_is_written_with_two_places(cents: int, written: str) -> None:
    assert formatted(cents) == written


@pytest.mark.parametrize(("gross", "tax"), [(11_900, 1_900), (0, 0), (1, 0), (3, 0), (4, 1)])
def test_the_tax_in_a_price_is_rounded_half_up(gross: int, tax: int) -> None:
    assert vat_included(gross) == tax


@pytest.mark.parametrize(
    ("typed", "cents"), [("48.00", 4_800), ("48", 4_800), ("0.01", 1), ("99999.99", 9_999_999)]
)
def test_a_price_is_read_to_the_cent(typed: str, cents: int) -> None:
    assert read_price(typed) == cents


@pytest.mark.parametrize(
    "typed",
    [
        *("-1", "0", "0.00", "0.001", "1,234.56", "48,00", "1e5", "1000000000000", "NaN", "inf"),
        *("", " 5", "+5", "5.", ".5", "5.5", "0x10", "４８", "48\n", "٣"),
    ],
)
def test_a_price_written_otherwise_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="Please"):
        read_price(typed)


def test_a_program_reads_an_amount_with_a_point() -> None:
    assert [plain(cents) for cents in (5, 2_400, 123_450)] == ["0.05", "24.00", "1234.50"]


def test_an_amount_may_be_nought() -> None:
    assert read_amount("0") == read_amount("0.00") == 0
