"""Shipping zones: what a parcel costs and how long it takes, by the country of delivery."""

from dataclasses import dataclass

from app.vat import HOME_COUNTRY, STANDARD_RATES


@dataclass(frozen=True)
class ShippingZone:
    """``price`` in cents; shipping is free ``free_from`` a subtotal in cents, or never.

    ``days`` are the fewest and the most days from dispatch to delivery.
    """

    name: str
    price: int
    free_from: int | None
    days: tuple[int, int]

    def cost(self, subtotal: int) -> int:
        is_free = self.free_from is not None and subtotal >= self.free_from
        return 0 if is_free else self.price

    def missing_for_free_shipping(self, subtotal: int) -> int:
        """The amount still missing; 0 if shipping is free already, or never is."""
        return max(0, self.free_from - subtotal) if self.free_from else 0


GERMANY = ShippingZone("Germany", 590, 12_000, (1, 2))
EUROPEAN_UNION = ShippingZone("European Union", 990, 20_000, (3, 6))
EUROPE = ShippingZone("Europe outside the EU", 1_490, None, (4, 8))
WORLD = ShippingZone("World", 2_490, None, (7, 14))
_EUROPEAN_CODES = "AD AL BA CH FO GB GG GI IM IS JE LI MD ME MK NO RS SM TR UA VA XK"
EUROPEAN_COUNTRIES = frozenset(_EUROPEAN_CODES.split())


def shipping_zone(country: str) -> ShippingZone:
    """The zone of an ISO 3166-1 code."""
    if country == HOME_COUNTRY:
        return GERMANY
    if country in STANDARD_RATES:
        return EUROPEAN_UNION
    return EUROPE if country in EUROPEAN_COUNTRIES else WORLD
