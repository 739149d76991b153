"""Shipping zones: cost and days by country."""

import pytest

from app.shipping.rates import (
    EUROPE,
    EUROPEAN_COUNTRIES,
    EUROPEAN_UNION,
    GERMANY,
    WORLD,
    ShippingZone,
    shipping_zone,
)
from app.vat import STANDARD_RATES
from app.verification import agreed_amounts


@pytest.mark.parametrize(
    ("country", "zone"),
    [("DE", GERMANY), ("FR", EUROPEAN_UNION), ("MC", EUROPEAN_UNION), ("CH", EUROPE),
     ("GB", EUROPE), ("US", WORLD), ("JP", WORLD), ("", WORLD)],
)  # fmt: skip
def test_country_has_one_zone(country: str, zone: ShippingZone) -> None:
    assert shipping_zone(country) is zone


def test_zones_do_not_overlap_and_the_verifier_has_the_same() -> None:
    assert not EUROPEAN_COUNTRIES & STANDARD_RATES.keys()
    assert EUROPEAN_COUNTRIES == agreed_amounts.NEAR


@pytest.mark.parametrize(
    ("zone", "subtotal", "cost", "missing"),
    [
        (GERMANY, 11_999, 590, 1),
        (GERMANY, 12_000, 0, 0),
        (EUROPEAN_UNION, 19_999, 990, 1),
        (EUROPEAN_UNION, 20_000, 0, 0),
        (WORLD, 900_000, 2_490, 0),
    ],
)
def test_shipping_is_free_from_the_threshold_of_its_zone(
    zone: ShippingZone, subtotal: int, cost: int, missing: int
) -> None:
    assert (zone.cost(subtotal), zone.missing_for_free_shipping(subtotal)) == (cost, missing)


def test_farther_zones_cost_more_and_take_longer() -> None:
    zones = (GERMANY, EUROPEAN_UNION, EUROPE, WORLD)

    assert sorted(zones, key=lambda zone: zone.price) == [*zones]
    assert sorted(zones, key=lambda zone: zone.days) == [*zones]
