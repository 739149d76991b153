"""M5: the verifier recomputes VAT and shipping by country, without the code that it judges."""

import json
from typing import Any

import pytest

from app.vat import STANDARD_RATES, without_home_vat
from app.verification.agreed_amounts import agreed_total, line_total


def an_order(country: str, *lines: tuple[int, int]) -> dict[str, Any]:
    rows = [{"sku": "A", "price": price, "quantity": quantity} for price, quantity in lines]
    return {"address": json.dumps({"country": country}), "lines": json.dumps(rows)}


@pytest.mark.parametrize(
    ("country", "total"),
    [("DE", 7_350 + 590), ("FR", 7_350 + 990), ("CH", 6_176 + 1_490), ("US", 6_176 + 2_490)],
)
def test_total_has_the_vat_and_the_shipping_of_the_country(country: str, total: int) -> None:
    assert agreed_total(an_order(country, (2_450, 3))) == total


def test_export_is_rounded_half_up_once_for_each_line() -> None:
    assert line_total({"price": 2_450, "quantity": 3}, "CH") == without_home_vat(7_350)
    assert agreed_total(an_order("CH", (3, 1), (3, 1))) == 3 + 3 + 1_490


def test_shipping_is_free_from_the_threshold_of_the_zone() -> None:
    assert agreed_total(an_order("DE", (12_000, 1))) == 12_000
    assert agreed_total(an_order("FR", (12_000, 1))) == 12_000 + 990
    assert agreed_total(an_order("FR", (20_000, 1))) == 20_000
    assert {agreed_total(an_order(it, (1_000, 1))) for it in STANDARD_RATES} == {1_590, 1_990}
