import pytest

from app.i18n.currency import format_money, format_plain


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


def test_plain_format_has_a_decimal_point() -> None:
    assert [format_plain(cents) for cents in (5, 2_400, 123_450)] == ["0.05", "24.00", "1234.50"]
    assert [format_plain(cents) for cents in (-5, -150)] == ["-0.05", "-1.50"]
