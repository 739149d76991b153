"""The carrier: the protocol that a delivery company implements.

``fake_carrier.py`` has the implementation used here.
"""

from dataclasses import dataclass
from typing import Protocol


class CarrierUnavailable(Exception):
    """The outcome is unknown: the parcel may have been accepted. Retry with the same reference."""


@dataclass(frozen=True)
class Parcel:
    """A parcel that the carrier has accepted."""

    tracking_code: str


@dataclass(frozen=True)
class DeliveryRefused:
    """The carrier will not deliver to this address: a final outcome."""


class Carrier(Protocol):
    """A delivery company."""

    def collect(self, reference: str, street: str, country: str) -> Parcel | DeliveryRefused:
        """Hand over a parcel for this address. Idempotent by ``reference``.

        Raises ``CarrierUnavailable`` when there is no response.
        """
        ...


def carrier() -> Carrier:
    from app.shipping.fake_carrier import FakeCarrier  # noqa: PLC0415 (imported late: needs its table only here)

    return FakeCarrier()
