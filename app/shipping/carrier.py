"""The carrier: the protocol that a delivery company implements.

``fake_carrier.py`` has the implementation used here.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol


class CarrierUnavailable(Exception):
    """The outcome is unknown: the parcel may have been accepted. Retry with the same reference."""


@dataclass(frozen=True)
class Parcel:
    """A parcel that the carrier has accepted."""

    tracking_code: str


@dataclass(frozen=True)
class Tracking:
    """Where a parcel is, and the carrier's page about it. ``delivery_on`` may be an estimate."""

    url: str
    collected_on: date
    delivery_on: date
    is_delivered: bool


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

    def track(self, tracking_code: str, *, today: date) -> Tracking | None:
        """Where the parcel is; None for a code that is not the carrier's.

        Raises ``CarrierUnavailable`` when there is no response.
        """
        ...


def carrier() -> Carrier:
    from app.shipping.fake_carrier import FakeCarrier  # noqa: PLC0415 (imported late: needs its table only here)

    return FakeCarrier()
