"""Products that the cached catalog lacks, because they were published after it was read."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.catalog.catalog_cache import (
    CACHE_TTL,
    MAX_LOOKUPS,
    cached_catalog,
    forget_catalog,
    lookups,
    read_product,
)
from app.errors import NotFound
from app.inventory.reservations import read_stock_consistently


def refresh_if_missing(now: datetime, *, slug: str = "", skus: Iterable[str] = ()) -> None:
    """Have the catalog read again if it lacks one of these products, published since.

    A product that was published a moment ago is then found by every warm function of the shop.
    Those that the catalog lacks are looked up by their keys: a request for an unknown product costs
    one read unit, and not a Query of the whole catalog. Above ``MAX_LOOKUPS`` nothing is looked
    up: a flood of such requests must not take the read units of the partition that all pages read.
    """
    catalog = cached_catalog(now)
    unknown = [sku for sku in skus if not catalog.has_sku(sku)]
    is_known = not unknown and (not slug or catalog.has_slug(slug))
    if is_known or not _may_look_up(now):
        return
    if _is_any_on_sale(unknown) if unknown else _is_published(slug):
        forget_catalog()


def _may_look_up(now: datetime) -> bool:
    is_full = len(lookups) == MAX_LOOKUPS and timedelta() <= now - lookups[0] < CACHE_TTL
    if not is_full:
        lookups.append(now)
    return not is_full


def _is_published(slug: str) -> bool:
    try:
        return bool(read_product(slug).published)
    except NotFound:
        return False


def _is_any_on_sale(skus: list[str]) -> bool:
    return any(stock.on_sale for stock in read_stock_consistently(skus).values())
