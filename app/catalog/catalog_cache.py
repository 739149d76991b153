"""Reading the catalogue: one Query for all of it, kept for half a minute by each warm function."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from app.catalog.models import SHELF, Picture, Product, ShelfItem, Variant
from app.errors import NotFound
from app.i18n.messages import said

KEPT_FOR = timedelta(seconds=30)
ONLY_ONE = "Default"  # the name of the one variant that needs none
HOME = "home"  # the slug under which pictures lie that belong to no product


@dataclass(frozen=True)
class Piece:
    """A product with its pictures, in the order in which they are shown.

    In another language ``words`` are those for its colours and category, by the English ones, and
    ``original`` is the product as it is kept.
    """

    product: Product
    pictures: tuple[Picture, ...]
    words: Mapping[str, str] = field(default_factory=dict)
    original: Product | None = None

    @property
    def cover(self) -> Picture | None:
        return self.pictures[0] if self.pictures else None

    def awaits_pictures(self, now: datetime) -> bool:
        return any(picture.awaited(now) for picture in self.pictures)

    def variant(self, sku: str) -> Variant:
        return next(v for v in self.product.variants if v.sku == sku)

    def variant_name(self, sku: str) -> str:
        """As it is called in this language; a piece that comes in one form only has none."""
        name = self.variant(sku).name
        return "" if name == ONLY_ONE else self.words.get(name, name)

    def picture_of(self, sku: str) -> Picture | None:
        wanted = self.variant(sku).picture
        return next((p for p in self.pictures if p.picture_id == wanted), self.cover)


@dataclass(frozen=True)
class Catalogue:
    """Everything listed, as it was when it was read."""

    pieces: tuple[Piece, ...]
    home_pictures: tuple[Picture, ...]
    read_at: datetime
    _by_sku: dict[str, Piece] = field(default_factory=dict, compare=False)
    language: str = "en"
    words: Mapping[str, str] = field(default_factory=dict)  # for all categories and colours
    translated: dict[str, "Catalogue"] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def categories(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(p.product.category for p in self.pieces))

    def in_category(self, category: str) -> tuple[Piece, ...]:
        return tuple(p for p in self.pieces if p.product.category == category)

    def piece(self, slug: str) -> Piece:
        for piece in self.pieces:
            if piece.product.slug == slug:
                return piece
        raise NotFound(said("We have no such piece."))

    def piece_with(self, sku: str) -> Piece:
        if sku not in self._by_sku:
            raise NotFound(said("We have no such piece."))
        return self._by_sku[sku]


_kept: list[Catalogue] = []


def catalogue(now: datetime) -> Catalogue:
    """The listed products; up to 30 seconds old, since a page may show the recent past.

    Whatever decides about money or stock asks the stock rows, never this.
    """
    if not _kept or not timedelta() <= now - _kept[0].read_at < KEPT_FOR:
        _kept[:] = [read_catalogue(now)]
    return _kept[0]


def forget() -> None:
    """Read anew next time: a merchant wants to see the change just made."""
    _kept.clear()


def read_catalogue(now: datetime) -> Catalogue:
    """What shoppers may see: listed products, and pictures that have something to show."""
    items = list(ShelfItem.query(SHELF))
    pictures = [i for i in items if isinstance(i, Picture) and i.version]
    products = [i for i in items if isinstance(i, Product) and i.listed]
    return _arranged(products, pictures, now)


def whole_catalogue(now: datetime) -> Catalogue:
    """What merchants see, as it is this moment: drafts too, and pictures in every state."""
    items = list(ShelfItem.query(SHELF, consistent_read=True))
    pictures = [i for i in items if isinstance(i, Picture)]
    products = [i for i in items if isinstance(i, Product)]
    return _arranged(products, pictures, now)


def _arranged(products: list[Product], pictures: list[Picture], now: datetime) -> Catalogue:
    pieces = tuple(
        Piece(p, _in_order(p, [i for i in pictures if i.slug == p.slug]))
        for p in sorted(products, key=lambda p: (p.position, p.slug))
    )
    return Catalogue(
        pieces=pieces,
        home_pictures=tuple(i for i in pictures if i.slug == HOME),
        read_at=now,
        _by_sku={v.sku: piece for piece in pieces for v in piece.product.variants},
    )


def _in_order(product: Product, pictures: list[Picture]) -> tuple[Picture, ...]:
    order = {picture_id: place for place, picture_id in enumerate(product.picture_order)}
    return tuple(sorted(pictures, key=lambda p: (order.get(p.picture_id, len(order)), p.asked_at)))
