"""What an order must cost: prices, VAT and shipping, stated a second time for the verifier."""

from decimal import ROUND_HALF_UP, Decimal

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
    """What a line costs: the gross price in the EU, elsewhere that without German VAT."""
    gross = int(line["price"]) * int(line["quantity"])
    if country in EU:
        return gross
    return int((gross / HOME_VAT).quantize(Decimal(1), ROUND_HALF_UP))


def country_of(order: Row) -> str:
    return str(address_of(order)["country"])


def _shipping(subtotal: int, country: str) -> int:
    if country == HOME:
        return 0 if subtotal >= 12_000 else 590
    if country in EU:
        return 0 if subtotal >= 20_000 else 990
    return 1_490 if country in NEAR else 2_490
