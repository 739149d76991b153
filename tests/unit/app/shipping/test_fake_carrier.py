from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from ulid import ULID

from app.shipping.carrier import DeliveryRefused, Parcel, carrier
from app.shipping.rates import shipping_zone

pytestmark = pytest.mark.usefixtures("tables")


def test_carrier_is_idempotent_by_reference() -> None:
    reference = str(ULID())

    first = carrier().collect(reference, "12 Kiln Row", "DE")
    again = carrier().collect(reference, "13 Kiln Row", "FR")

    assert isinstance(first, Parcel)
    assert again == first


def test_different_references_are_different_parcels() -> None:
    first = carrier().collect(str(ULID()), "12 Kiln Row", "DE")

    assert carrier().collect(str(ULID()), "12 Kiln Row", "DE") != first


def test_concurrent_handovers_create_one_parcel() -> None:
    reference = str(ULID())

    def collect(_: int) -> Parcel | DeliveryRefused:
        return carrier().collect(reference, "12 Kiln Row", "DE")

    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(collect, range(10)))) == 1


@pytest.mark.parametrize("street", ["7 Nowhere Lane", "nowhere lane 7"])
def test_undeliverable_address_is_refused_permanently(street: str) -> None:
    reference = str(ULID())

    refusal = carrier().collect(reference, street, "DE")

    assert isinstance(refusal, DeliveryRefused)
    assert carrier().collect(reference, "12 Kiln Row", "DE") == refusal


@pytest.mark.parametrize("country", ["DE", "FR", "CH", "JP"])
def test_parcel_takes_the_most_days_that_its_zone_promises(country: str) -> None:
    collected_on = date(2031, 6, 12)

    tracking = carrier().track(f"HC012345678920310612{country}", today=collected_on)

    assert tracking is not None
    assert (tracking.delivery_on - collected_on).days == shipping_zone(country).days[1]
