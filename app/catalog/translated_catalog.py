"""The catalogue as visitors of another language read it; what is not translated stays English."""

from copy import copy
from dataclasses import replace
from typing import Any

from app.catalog.catalog_cache import Catalogue, Piece
from app.catalog.models import NO_TEXTS, Product, ShelfItem, Texts

READ_ALOUD = ("title", "blurb", "details")


def in_language(shelf: Catalogue, code: str) -> Catalogue:
    """The same pieces in this language, made once for each catalogue that was read.

    Categories and colours keep their English names, which addresses and carts go by; what they
    are called is in ``words``.
    """
    if code == shelf.language:
        return shelf
    if code not in shelf.translated:
        shelf.translated[code] = _translated(shelf, code)
    return shelf.translated[code]


def _translated(shelf: Catalogue, code: str) -> Catalogue:
    pieces = tuple(_piece(piece, texts_of(piece.product, code)) for piece in shelf.pieces)
    return replace(
        shelf,
        pieces=pieces,
        language=code,
        words={english: word for piece in pieces for english, word in piece.words.items()},
        _by_sku={v.sku: piece for piece in pieces for v in piece.product.variants},
    )


def texts_of(product: Product, code: str) -> Texts:
    return (product.texts or {}).get(code, NO_TEXTS)


def _piece(piece: Piece, texts: Texts) -> Piece:
    product, words = piece.product, dict(texts.words)
    if texts.category:
        words[product.category] = texts.category
    said = {name: getattr(texts, name) or getattr(product, name) for name in READ_ALOUD}
    pictures = tuple(_copy(it, alt=words.get(it.alt, it.alt)) for it in piece.pictures)
    return Piece(_copy(product, **said), pictures, words, original=product)


def _copy[Row: ShelfItem](row: Row, **said: Any) -> Row:
    """To be read and never saved: English would be lost."""
    read = copy(row)
    read.attribute_values = {**row.attribute_values, **said}
    return read
