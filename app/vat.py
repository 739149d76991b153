"""Value added tax (VAT) by the country of delivery.

In the European Union a shop that sells to consumers in other member states owes the VAT of the
country of delivery, above a threshold that this shop is taken to exceed (One Stop Shop):
https://vat-one-stop-shop.ec.europa.eu/. All its goods have the standard rate. One gross price holds
in the whole EU, so the shop keeps a little more or less of it. An export to any other country is
free of VAT: its price is the gross price without the German tax, and the carrier collects the
import duties. Regions of member states outside the EU's VAT area, such as the Canary Islands, are
treated as their state.
"""

from collections.abc import Iterable, Mapping

HOME_COUNTRY = "DE"
# Standard rates on 2026-01-01, in tenths of a percent, by ISO 3166-1 code. Source: European
# Commission, "VAT rates applied in the Member States of the European Union". Monaco belongs to the
# VAT area of France.
STANDARD_RATES: Mapping[str, int] = {
    "AT": 200,
    "BE": 210,
    "BG": 200,
    "CY": 190,
    "CZ": 210,
    "DE": 190,
    "DK": 250,
    "EE": 240,
    "ES": 210,
    "FI": 255,
    "FR": 200,
    "GR": 240,
    "HR": 250,
    "HU": 270,
    "IE": 230,
    "IT": 220,
    "LT": 210,
    "LU": 170,
    "LV": 210,
    "MC": 200,
    "MT": 180,
    "NL": 210,
    "PL": 230,
    "PT": 230,
    "RO": 210,
    "SE": 250,
    "SI": 220,
    "SK": 230,
}
HOME_RATE = STANDARD_RATES[HOME_COUNTRY]


def vat_rate(country: str) -> int:
    """The rate in tenths of a percent; 0 for an export."""
    return STANDARD_RATES.get(country, 0)


def vat_included(gross: int, rate: int) -> int:
    """The VAT inside a gross amount at this rate, in cents, rounded half up."""
    return _divide_half_up(gross * rate, 1000 + rate)


def total_vat(amounts: Iterable[int], rate: int) -> int:
    """The VAT in several gross amounts, each rounded by itself: the lines of an order, shipping."""
    return sum(vat_included(amount, rate) for amount in amounts)


def without_home_vat(gross: int) -> int:
    """The export price for a gross amount, in cents, rounded half up."""
    return _divide_half_up(gross * 1000, 1000 + HOME_RATE)


def _divide_half_up(dividend: int, divisor: int) -> int:
    return (2 * dividend + divisor) // (2 * divisor)
