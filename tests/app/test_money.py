import pytest

from app.money import formatted, vat_included


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
