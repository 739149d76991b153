"""In which order pieces stand on the shelf."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from app.catalog.catalog_cache import Piece


class Sorting(StrEnum):
    """Orders of the shelf. Relevance is the order in which a search found the pieces."""

    RELEVANCE = "relevance"
    FEATURED = "featured"
    NEWEST = "newest"
    PRICE_UP = "price-up"
    PRICE_DOWN = "price-down"
    BESTSELLERS = "bestsellers"


def arranged(pieces: Iterable[Piece], sorting: Sorting) -> tuple[Piece, ...]:
    """In the wished order; pieces that are alike in it stay as they came."""
    match sorting:
        case Sorting.RELEVANCE:
            return tuple(pieces)
        case Sorting.FEATURED:
            return tuple(sorted(pieces, key=lambda it: it.product.position))
        case Sorting.NEWEST:
            return tuple(sorted(pieces, key=_added_at, reverse=True))
        case Sorting.BESTSELLERS:
            return tuple(sorted(pieces, key=lambda it: "bestseller" not in it.product.tags))
        case _:
            dearest_first = sorting == Sorting.PRICE_DOWN
            return tuple(sorted(pieces, key=_price, reverse=dearest_first))


def _added_at(piece: Piece) -> datetime:
    return piece.product.added_at


def _price(piece: Piece) -> int:
    return int(piece.product.price)
