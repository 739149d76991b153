"""What an order must cost: prices, discounts, VAT and shipping, stated again for the verifier."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from app.verification.snapshot import Row, address_of, lines_of

EU_CODES = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MC MT NL PL PT RO SE SI SK"
NEAR_CODES = "AD AL BA CH FO GB GG GI IM IS JE LI MD ME MK NO RS SM TR UA VA XK"
EU, NEAR = frozenset(EU_CODES.split()), frozenset(NEAR_CODES.split())
HOME_VAT = Decimal("1.19")
HOME = "DE"


def agreed_total(order: Row) -> int:
    """The total of an order's row in cents: its lines, and shipping to its country."""
    country = country_of(order)
    subtotal = sum(line_total(line, country) for line in lines_of(order))
    return subtotal + _shipping(subtotal, country)


def line_total(line: Row, country: str) -> int:
    """What a line costs: the gross price less its discount, outside the EU without German VAT."""
    gross = _gross(line) - int(line.get("discount", 0))
    if country in EU:
        return gross
    return int((gross / HOME_VAT).quantize(Decimal(1), ROUND_HALF_UP))


def agreed_discounts(order: Row, discount: Row) -> Sequence[int]:
    """What a code's row takes off each line of an order, in cents of the gross price.

    Each line gets its exact share, rounded down to cents; then the largest rests are rounded up
    instead, from the first line on, until all is given away.
    """
    grosses = [_gross(line) for line in lines_of(order)]
    subtotal = gross_subtotal(order)
    off = int(discount.get("amount", 0))
    if percent := discount.get("percent"):
        share = Decimal(subtotal) * Decimal(int(percent)) / 100
        off = int(share.quantize(Decimal(1), ROUND_HALF_UP))
    off = min(off, subtotal - 1)
    exact = [Fraction(off * gross, subtotal) for gross in grosses]
    parts = [int(share) for share in exact]
    for _ in range(off - sum(parts)):
        rests = [share - part for share, part in zip(exact, parts, strict=True)]
        parts[rests.index(max(rests))] += 1
    return parts


def gross_subtotal(order: Row) -> int:
    """What the terms of a discount code are about: the lines before it, with VAT."""
    return sum(map(_gross, lines_of(order)))


def _gross(line: Row) -> int:
    return int(line["price"]) * int(line["quantity"])


def country_of(order: Row) -> str:
    return str(address_of(order)["country"])


def _shipping(subtotal: int, country: str) -> int:
    if country == HOME:
        return 0 if subtotal >= 12_000 else 590
    if country in EU:
        return 0 if subtotal >= 20_000 else 990
    return 1_490 if country in NEAR else 2_490
