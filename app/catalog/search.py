"""Finding pieces by words: a full-text index in memory, built anew with each catalogue read."""

import re
from typing import TYPE_CHECKING

from app.catalog.catalog_cache import Catalogue, Piece
from app.catalog.models import Product

if TYPE_CHECKING:
    from sqlite3 import Connection

LONGEST = 100  # characters of a search; what is beyond them is not looked at
MOST_WORDS = 12
SHORTEST = 4  # letters of a part of a word that is put together of several
WORD = re.compile(r"\w+")
# The weight of each column: what a piece is called counts more than what is said about it.
COLUMNS = {"title": 10.0, "category": 5.0, "kinds": 3.0, "blurb": 1.5, "details": 1.0}
OTHERWISE = 0.5  # the last column, for pieces in another language: by what else they are found

_kept: dict[str, "tuple[Catalogue, Connection]"] = {}  # by language


def search(shelf: Catalogue, text: str) -> tuple[Piece, ...]:
    """The pieces with all of these words, or words that begin so; the best first.

    Whatever was typed is taken as plain words: https://sqlite.org/fts5.html#fts5_strings
    """
    words = words_of(text)
    if not words:
        return ()
    weights = ", ".join(str(weight) for weight in (*COLUMNS.values(), OTHERWISE))
    found = _index_of(shelf).execute(
        f"SELECT rowid FROM pieces WHERE pieces MATCH ? ORDER BY bm25(pieces, {weights}), rowid",  # noqa: S608 (numbers of ours)
        (" ".join(f'"{word}"*' for word in words),),
    )
    return tuple(shelf.pieces[place] for (place,) in found)


def words_of(text: str) -> list[str]:
    """What of a text can be looked for: words and numbers, without quotes, stars and emoji."""
    return WORD.findall(text[:LONGEST].casefold())[:MOST_WORDS]


def did_you_mean(shelf: Catalogue, text: str) -> str:
    """The same words with each that we do not know replaced by one like it; else empty."""
    titles = (f"{it.product.title} {_category(it)}" for it in shelf.pieces)
    known = {word for title in titles for word in words_of(title)}
    meant = [_nearest(word, known) for word in words_of(text)]
    guess = " ".join(meant)
    return guess if guess != " ".join(words_of(text)) and search(shelf, guess) else ""


def _nearest(word: str, known: set[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 (late: only a search that misses needs it)

    return next(iter(get_close_matches(word, sorted(known), n=1, cutoff=0.7)), word)


def _category(piece: Piece) -> str:
    return piece.words.get(piece.product.category, piece.product.category)


def _index_of(shelf: Catalogue) -> "Connection":
    """One index for each catalogue and language: it grows old together with what was read."""
    kept = _kept.get(shelf.language)
    if not kept or kept[0] is not shelf:
        kept = _kept[shelf.language] = (shelf, _build(shelf))
    return kept[1]


def _build(shelf: Catalogue) -> "Connection":
    from sqlite3 import connect  # noqa: PLC0415 (late: most pages search nothing)

    index = connect(":memory:", check_same_thread=False)
    index.execute(
        f"CREATE VIRTUAL TABLE pieces USING fts5({', '.join(COLUMNS)}, otherwise, prefix='2 3',"
        " tokenize='unicode61 remove_diacritics 2')"
    )
    index.executemany(
        "INSERT INTO pieces (rowid, title, category, kinds, blurb, details, otherwise)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        ((place, *_columns(piece)) for place, piece in enumerate(shelf.pieces)),
    )
    return index


def _columns(piece: Piece) -> tuple[str, ...]:
    product, kinds = piece.product, _kinds(piece.product)
    said = " ".join(piece.words.get(kind, kind) for kind in kinds)
    texts = (product.title, _category(piece), said, product.blurb, " ".join(product.details))
    return tuple(text.casefold() for text in (*texts, _otherwise(piece)))


def _kinds(product: Product) -> tuple[str, ...]:
    return (*(variant.name for variant in product.variants if variant.swatch), *product.tags)


def _otherwise(piece: Piece) -> str:
    """The English words, and the ends of long ones: "Becher" is to find the "Hafenbecher"."""
    if not (it := piece.original):
        return ""
    ends = (w[n:] for w in words_of(piece.product.title) for n in range(SHORTEST, len(w)))
    english = (it.title, it.category, *_kinds(it), it.blurb, *it.details)
    return " ".join((*english, *(end for end in ends if len(end) >= SHORTEST)))
