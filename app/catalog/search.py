"""Full-text search of products: whole words first, then half-typed words, then corrected typos."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.catalog.catalog_cache import Catalog, CatalogEntry
from app.catalog.search_index import COLUMNS, SearchIndex, index_of
from app.catalog.search_spelling import correct_word
from app.catalog.search_terms import fold, split_compound, terms_of, words_of
from app.catalog.search_words import load_synonyms

MAX_QUERY_LENGTH = 100  # characters; the rest of a longer query is ignored
MAX_WORDS = 12


@dataclass(frozen=True)
class SearchResults:
    """The products, best match first. ``corrected`` is the query without its typos, or ""."""

    entries: tuple[CatalogEntry, ...] = ()
    corrected: str = ""


@dataclass(frozen=True)
class _Match:
    """The FTS5 expression of one word of the query, and the word as it should be spelled."""

    expression: str
    word: str


def search(catalog: Catalog, text: str, *, exact: bool = False) -> SearchResults:
    """The products that contain all words, in any order. With ``exact``, typos stay.

    The results are kept with the catalog: the pages of a list of results are one search.
    """
    results: SearchResults = catalog.searches.get(
        (text, exact), lambda: _search(catalog, text, exact=exact)
    )
    return results


def _search(catalog: Catalog, text: str, *, exact: bool) -> SearchResults:
    """The query has no operators, every term is quoted: https://sqlite.org/fts5.html#fts5_strings"""
    words, index = search_words(text), index_of(catalog)
    ignored = load_synonyms(catalog.language).ignored
    words = _joined([word for word in words if word not in ignored] or words, index)
    matches = [_match(word, index, exact=exact) for word in words]
    if not words or not all(matches):
        return SearchResults()
    found = [match for match in matches if match]
    rows = _select(index, found) or _select(index, [*found[:-1], _half_typed(words[-1])])
    entries = tuple(catalog.entries[row] for row in rows)
    spelled = [match.word for match in found]
    return SearchResults(entries, " ".join(spelled) if entries and spelled != words else "")


def _select(index: SearchIndex, matches: list[_Match]) -> list[int]:
    """The rows that match all expressions, best match first."""
    text = " AND ".join(match.expression for match in matches)
    rows = index.connection.execute(
        "SELECT rowid FROM products WHERE products MATCH ?"  # noqa: S608 (the weights are constants)
        f" ORDER BY bm25(products, {', '.join(map(str, COLUMNS.values()))}), rowid",
        (text,),
    )
    return [row for (row,) in rows]


def _half_typed(word: str) -> _Match:
    return _Match(f'"{fold(word)}"*', word)


def search_words(text: str) -> list[str]:
    """The words and numbers of a text, without quotes, asterisks and emoji."""
    return words_of(text[:MAX_QUERY_LENGTH])[:MAX_WORDS]


def _joined(words: list[str], index: SearchIndex) -> list[str]:
    """Join two words that products write as one: "candle sticks", "Hafen Becher"."""
    joined: list[str] = []
    for word in words:
        last = joined[-1] if joined else ""
        are_known = index.known_terms(word) and index.known_terms(last)
        if last and not are_known and index.known_terms(last + word):
            joined[-1] = last + word
        else:
            joined.append(word)
    return joined


def _match(word: str, index: SearchIndex, *, exact: bool) -> _Match | None:
    """How products have this word: whole, its beginning, in two parts, or misspelled."""
    if terms := index.known_terms(word):
        return _Match(_any_of(terms), word)
    if index.has_prefix(fold(word)):
        return _half_typed(word)
    if parts := split_compound(word, lambda part: bool(index.known_terms(part))):
        matches = [_match(part, index, exact=True) for part in parts]
        if all(matches):
            return _Match(f"({' AND '.join(it.expression for it in matches if it)})", word)
    return None if exact else _corrected(word, index)


def _corrected(word: str, index: SearchIndex) -> _Match | None:
    known = [(form, spelling) for spelling in index.spellings for form in _forms(spelling, index)]
    for form in _forms(word, index):
        if spelling := correct_word(form, known):
            return _Match(_any_of(index.known_terms(spelling)), spelling)
    return None


def _forms(word: str, index: SearchIndex) -> Iterator[str]:
    yield from dict.fromkeys(terms_of(word, index.language))


def _any_of(terms: tuple[str, ...]) -> str:
    return f"({' OR '.join(f'"{term}"' for term in terms)})"
