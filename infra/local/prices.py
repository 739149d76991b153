"""The price list: USD per million of each unit that AWS bills, with date and source."""

import tomllib
from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct, convert

PRICE_FILE = Path(__file__).with_name("prices.toml")

EMAIL_SERVICE = "SES"
SANDBOX_SERVICE = "DynamoDB of the sandbox provider and carrier"
# Not part of a design's total: all designs send the same emails, and a real provider and a real
# carrier keep their records in systems of their own.
IN_ADDITION = {
    EMAIL_SERVICE: "emails (SES), in addition",
    SANDBOX_SERVICE: "sandbox provider and carrier, in addition",
}

type Counts = Mapping[str, float]  # by unit of the price list


class Price(Struct, frozen=True, forbid_unknown_fields=True):
    """USD per million of one unit, with AWS's page as the source."""

    service: str
    unit: str
    usd_per_million_units: float
    source: str


class PriceList(Struct, frozen=True):
    """All prices of a region on a day, by unit."""

    date: date
    region: str
    prices: dict[str, Price]


@cache
def price_list() -> PriceList:
    table: dict[str, Any] = tomllib.loads(PRICE_FILE.read_text())
    prices = {name: it for name, it in table.items() if isinstance(it, dict)}
    return convert({"date": table["date"], "region": table["region"], "prices": prices}, PriceList)


def usd_per_million(counts: Counts) -> dict[str, float]:
    """USD for a million times these counts, by service: from one order to a million orders.

    Raises ``KeyError`` for an unknown unit.
    """
    sums: Counter[str] = Counter()
    for unit, count in counts.items():
        price = price_list().prices[unit]
        sums[price.service] += count * price.usd_per_million_units  # type: ignore[assignment]
    return dict(sums)


def total_usd(counts: Counts) -> float:
    """USD for a million times these counts, without emails and the sandbox."""
    usd = usd_per_million(counts)
    return sum(cost for service, cost in usd.items() if service not in IN_ADDITION)
