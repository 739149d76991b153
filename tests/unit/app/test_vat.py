"""VAT by country of delivery: rates, rounding, and exports."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.i18n.locales import ENGLISH, find_language
from app.tax_notes import tax_note
from app.vat import HOME_RATE, STANDARD_RATES, vat_included, vat_rate, without_home_vat
from app.verification import agreed_amounts

CENTS = st.integers(0, 2_000_000)
EU_MEMBERS = 27


@pytest.mark.parametrize(("gross", "vat"), [(11_900, 1_900), (0, 0), (1, 0), (3, 0), (4, 1)])
def test_vat_in_a_gross_price_is_rounded_half_up(gross: int, vat: int) -> None:
    assert vat_included(gross, HOME_RATE) == vat


@pytest.mark.parametrize(
    ("country", "rate"), [("DE", 190), ("FI", 255), ("LU", 170), ("US", 0), ("GB", 0), ("CH", 0)]
)
def test_rate_is_the_standard_rate_of_the_country_of_delivery(country: str, rate: int) -> None:
    assert vat_rate(country) == rate


def test_every_member_state_has_a_rate_within_the_limits_of_the_vat_directive() -> None:
    """At least 15 % by article 97 of directive 2006/112/EC; the highest is 27 %."""
    assert len(STANDARD_RATES.keys() - {"MC"}) == EU_MEMBERS
    assert all(150 <= rate <= 270 for rate in STANDARD_RATES.values())
    assert STANDARD_RATES.keys() == agreed_amounts.EU


@given(CENTS, st.sampled_from([*STANDARD_RATES.values(), 0]))
def test_net_amount_and_vat_add_up_to_the_gross_amount(gross: int, rate: int) -> None:
    exact = Fraction(gross * rate, 1000 + rate)

    assert abs(vat_included(gross, rate) - exact) <= Fraction(1, 2)


@given(CENTS)
def test_export_price_is_the_gross_price_without_german_vat(gross: int) -> None:
    assert without_home_vat(gross) + vat_included(gross, HOME_RATE) in (gross, gross + 1)
    assert abs(without_home_vat(gross) - Fraction(gross * 100, 119)) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("rate", "english", "german"),
    [
        (190, "Includes 19% VAT", "Inklusive 19 % MwSt."),
        (255, "Includes 25.5% VAT", "Inklusive 25,5 % MwSt."),
        (0, "Without VAT.", "Ohne MwSt."),
    ],
)
def test_tax_note_names_the_rate_in_the_readers_language(
    rate: int, english: str, german: str
) -> None:
    assert ENGLISH.translate(tax_note(rate)).startswith(english)
    assert find_language("de").translate(tax_note(rate)).startswith(german)
