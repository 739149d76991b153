"""Narrowing the shelf down: which pieces are wanted, and how many there are of each kind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from app.catalog.catalog_cache import Piece
from app.catalog.models import Variant


@dataclass(frozen=True)
class Wishes:
    """What somebody looks for; a wish left empty is none. Both prices are included."""

    category: str = ""
    colours: tuple[str, ...] = ()
    price_min: int | None = None
    price_max: int | None = None
    in_stock: bool = False


@dataclass(frozen=True)
class Facet:
    """One value to choose, and how many pieces would be shown with it."""

    value: str
    count: int
    swatch: str = ""


@dataclass(frozen=True)
class Facets:
    categories: tuple[Facet, ...]
    colours: tuple[Facet, ...]
    in_stock: int


def wanted(pieces: Iterable[Piece], wishes: Wishes, left: Mapping[str, int]) -> tuple[Piece, ...]:
    """The pieces that fulfil every wish; ``left`` says how many there are of each sku.

    Colour and stock are wished for together: a mug sold out in rust is not in stock in rust.
    """
    return tuple(
        piece
        for piece in pieces
        if wishes.category in ("", piece.product.category)
        and _affordable(piece, wishes)
        and fitting(piece, wishes, left)
    )


def _affordable(piece: Piece, wishes: Wishes) -> bool:
    price = piece.product.price
    return (wishes.price_min or 0) <= price and (
        wishes.price_max is None or price <= wishes.price_max
    )


def fitting(piece: Piece, wishes: Wishes, left: Mapping[str, int]) -> tuple[Variant, ...]:
    """The variants of a piece in one of the wished colours, and in stock if that is wished."""
    return tuple(
        variant
        for variant in piece.product.variants
        if (not wishes.colours or _colour(variant) in wishes.colours)
        and (not wishes.in_stock or left.get(variant.sku, 0) > 0)
    )


def sold_out(pieces: Iterable[Piece], left: Mapping[str, int]) -> frozenset[str]:
    """The slugs of those pieces of which no variant is left."""
    return frozenset(
        it.product.slug for it in pieces if not fitting(it, Wishes(in_stock=True), left)
    )


def _colour(variant: Variant) -> str:
    """Only what has a swatch is a colour; "Default" or "Set of four" is none."""
    return variant.name if variant.swatch else ""


def facets(pieces: Iterable[Piece], wishes: Wishes, left: Mapping[str, int]) -> Facets:
    """What can be chosen among these pieces. Each kind counts under all the other wishes.

    A value that nothing has any more is still there, at nought: what was chosen stays in sight.
    """
    all_of_them = tuple(pieces)
    colours = _swatches(it for it in all_of_them if wishes.category in ("", it.product.category))
    colours |= {name: "" for name in wishes.colours if name not in colours}

    def count(**changes: object) -> int:
        return len(wanted(all_of_them, replace(wishes, **changes), left))  # type: ignore[arg-type]

    return Facets(
        tuple(
            Facet(name, count(category=name))
            for name in dict.fromkeys(it.product.category for it in all_of_them)
        ),
        tuple(Facet(name, count(colours=(name,)), swatch) for name, swatch in colours.items()),
        count(in_stock=True),
    )


def _swatches(pieces: Iterable[Piece]) -> dict[str, str]:
    """Each colour's name and how it looks on the first piece that has it."""
    found: dict[str, str] = {}
    for piece in pieces:
        for variant in piece.product.variants:
            if variant.swatch:
                found.setdefault(variant.name, variant.swatch)
    return found
