"""Which other pieces to look at beside one."""

from collections.abc import Iterable

from app.catalog.catalog_cache import Piece

RELATED = 4


def related(pieces: Iterable[Piece], piece: Piece) -> tuple[Piece, ...]:
    """Four others to look at: of the same category first, then with a tag in common."""
    others = (it for it in pieces if it.product.slug != piece.product.slug)
    return tuple(sorted(others, key=lambda it: _distance(it, piece)))[:RELATED]


def _distance(one: Piece, other: Piece) -> tuple[bool, bool]:
    return (
        one.product.category != other.product.category,
        not set(one.product.tags) & set(other.product.tags),
    )
