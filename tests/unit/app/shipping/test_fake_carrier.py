from concurrent.futures import ThreadPoolExecutor

import pytest
from ulid import ULID

from app.shipping.carrier import DeliveryRefused, Parcel, carrier
from app.shipping.rates import FREE_FROM, SHIPPING, shipping_cost

pytestmark = pytest.mark.usefixtures("tables")


def test_the_same_reference_is_the_same_parcel() -> None:
    reference = str(ULID())

    first = carrier().collect(reference, "12 Kiln Row", "DE")
    again = carrier().collect(reference, "13 Kiln Row", "FR")

    assert isinstance(first, Parcel)
    assert again == first


def test_two_references_are_two_parcels() -> None:
    first = carrier().collect(str(ULID()), "12 Kiln Row", "DE")

    assert carrier().collect(str(ULID()), "12 Kiln Row", "DE") != first


def test_ten_who_hand_over_at_once_hand_over_one_parcel() -> None:
    reference = str(ULID())

    def collect(_: int) -> Parcel | DeliveryRefused:
        return carrier().collect(reference, "12 Kiln Row", "DE")

    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(collect, range(10)))) == 1


@pytest.mark.parametrize("street", ["7 Nowhere Lane", "nowhere lane 7"])
def test_an_address_that_is_not_served_is_refused_for_ever(street: str) -> None:
    reference = str(ULID())

    refusal = carrier().collect(reference, street, "DE")

    assert isinstance(refusal, DeliveryRefused)
    assert carrier().collect(reference, "12 Kiln Row", "DE") == refusal


@pytest.mark.parametrize(
    ("subtotal", "cost"), [(1, SHIPPING), (FREE_FROM - 1, SHIPPING), (FREE_FROM, 0)]
)
def test_shipping_costs_one_price_and_nothing_above_a_threshold(subtotal: int, cost: int) -> None:
    assert shipping_cost(subtotal) == cost
