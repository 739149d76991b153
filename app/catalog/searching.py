"""Finding pieces by words: a full-text index in memory, built anew with each catalogue read."""

import difflib
import re
import sqlite3

from app.catalog.browsing import Catalogue, Piece

LONGEST = 100  # characters of a search; what is beyond them is not looked at
MOST_WORDS = 12
WORD = re.compile(r"\w+")
# The weight of each column: what a piece is called counts more than what is said about it.
COLUMNS = {"title": 10.0, "category": 5.0, "kinds": 3.0, "blurb": 1.5, "details": 1.0}

_kept: list[tuple[Catalogue, sqlite3.Connection]] = []


def search(shelf: Catalogue, text: str) -> tuple[Piece, ...]:
    """The pieces with all of these words, or words that begin so; the best first.

    Whatever was typed is taken as plain words: https://sqlite.org/fts5.html#fts5_strings
    """
    words = words_of(text)
    if not words:
        return ()
    weights = ", ".join(str(weight) for weight in COLUMNS.values())
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
    known = {word for piece in shelf.pieces for word in words_of(_title_and_category(piece))}
    meant = [_nearest(word, known) for word in words_of(text)]
    guess = " ".join(meant)
    return guess if guess != " ".join(words_of(text)) and search(shelf, guess) else ""


def _nearest(word: str, known: set[str]) -> str:
    return next(iter(difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.7)), word)


def _title_and_category(piece: Piece) -> str:
    return f"{piece.product.title} {piece.product.category}"


def _index_of(shelf: Catalogue) -> sqlite3.Connection:
    """One index for each catalogue that was read: it grows old together with it."""
    if not _kept or _kept[0][0] is not shelf:
        _kept[:] = [(shelf, _build(shelf))]
    return _kept[0][1]


def _build(shelf: Catalogue) -> sqlite3.Connection:
    index = sqlite3.connect(":memory:", check_same_thread=False)
    index.execute(
        f"CREATE VIRTUAL TABLE pieces USING fts5({', '.join(COLUMNS)}, prefix='2 3',"
        " tokenize='unicode61 remove_diacritics 2')"
    )
    index.executemany(
        "INSERT INTO pieces (rowid, title, category, kinds, blurb, details)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        ((place, *_columns(piece)) for place, piece in enumerate(shelf.pieces)),
    )
    return index


def _columns(piece: Piece) -> tuple[str, ...]:
    product = piece.product
    kinds = [variant.name for variant in product.variants if variant.swatch] + list(product.tags)
    details = " ".join(product.details)
    texts = (product.title, product.category, " ".join(kinds), product.blurb, details)
    return tuple(text.casefold() for text in texts)
