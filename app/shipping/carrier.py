"""The carrier, as the shop needs one; ``pretend.py`` has the pretend version."""

from dataclasses import dataclass
from typing import Protocol


class CarrierUnavailable(Exception):
    """No answer: the parcel may or may not have been taken. Ask again with the same reference."""


@dataclass(frozen=True)
class Parcel:
    """A parcel the carrier has taken."""

    tracking_code: str


@dataclass(frozen=True)
class Refusal:
    """The carrier will never take this parcel; asking again gives the same answer."""

    reason: str


class Carrier(Protocol):
    """Whoever drives the van."""

    def collect(self, reference: str, street: str, country: str) -> Parcel | Refusal:
        """Take a parcel to this address. The same reference again is the same parcel.

        Raises ``CarrierUnavailable`` when there is no answer.
        """
        ...


def carrier() -> Carrier:
    from app.shipping.fake_carrier import PretendCarrier  # noqa: PLC0415 (its table is only for this)

    return PretendCarrier()
