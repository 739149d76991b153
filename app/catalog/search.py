"""Full-text search of products: an SQLite FTS5 index in memory, rebuilt with each catalog read."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.catalog.catalog_cache import Catalog, CatalogEntry
from app.catalog.models import Product
from app.catalog.search_terms import index_text, terms_of, words_of

if TYPE_CHECKING:
    from sqlite3 import Connection

MAX_QUERY_LENGTH = 100  # characters; the rest of a longer query is ignored
MAX_WORDS = 12
MIN_PART_LENGTH = 4  # characters of a part of a compound word
# The BM25 weight of each column: a match in the title counts more than one in the details.
COLUMNS = {"title": 10.0, "category": 5.0, "kinds": 3.0, "blurb": 1.5, "details": 1.0}
FALLBACK_WEIGHT = 0.5  # of the last column: the English texts of a translated product

_indexes: dict[str, "tuple[Catalog, Connection]"] = {}  # by language


def search(catalog: Catalog, text: str) -> tuple[CatalogEntry, ...]:
    """The products that contain all words, best match first.

    A word matches words that begin with it, and words of the same stem. The query has no
    operators, every term is quoted: https://sqlite.org/fts5.html#fts5_strings
    """
    words = search_words(text)
    if not words:
        return ()
    weights = ", ".join(str(weight) for weight in (*COLUMNS.values(), FALLBACK_WEIGHT))
    rows = _index_of(catalog).execute(
        "SELECT rowid FROM products WHERE products MATCH ?"  # noqa: S608 (the weights are constants)
        f" ORDER BY bm25(products, {weights}), rowid",
        (" AND ".join(_match(word, catalog.language) for word in words),),
    )
    return tuple(catalog.entries[index] for (index,) in rows)


def search_words(text: str) -> list[str]:
    """The words and numbers of a text, without quotes, asterisks and emoji."""
    return words_of(text[:MAX_QUERY_LENGTH])[:MAX_WORDS]


def _match(word: str, language: str) -> str:
    folded, *stems = terms_of(word, language)
    return "(" + " OR ".join((f'"{folded}"*', *(f'"{stem}"' for stem in stems))) + ")"


def did_you_mean(catalog: Catalog, text: str) -> str:
    """Suggest a spelling: each unknown word replaced by a similar known one, or "" if none."""
    titles = (f"{entry.product.title} {_category(entry)}" for entry in catalog.entries)
    known_words = {word for title in titles for word in search_words(title)}
    suggestion = " ".join(_most_similar(word, known_words) for word in search_words(text))
    is_new = suggestion != " ".join(search_words(text))
    return suggestion if is_new and search(catalog, suggestion) else ""


def _most_similar(word: str, known_words: set[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 (late: only for a search without results)

    return next(iter(get_close_matches(word, sorted(known_words), n=1, cutoff=0.7)), word)


def _category(entry: CatalogEntry) -> str:
    return entry.terms.get(entry.product.category, entry.product.category)


def _index_of(catalog: Catalog) -> "Connection":
    """One index for each language, rebuilt when the catalog was read again."""
    indexed = _indexes.get(catalog.language)
    if not indexed or indexed[0] is not catalog:
        indexed = _indexes[catalog.language] = (catalog, _build_index(catalog))
    return indexed[1]


def _build_index(catalog: Catalog) -> "Connection":
    from sqlite3 import connect  # noqa: PLC0415 (late: most pages search nothing)

    index = connect(":memory:", check_same_thread=False)
    index.execute(
        f"CREATE VIRTUAL TABLE products USING fts5({', '.join(COLUMNS)}, fallback, prefix='2 3',"
        " tokenize='ascii')"  # the terms are folded already
    )
    index.executemany(
        "INSERT INTO products (rowid, title, category, kinds, blurb, details, fallback)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        ((row, *_columns(entry, catalog.language)) for row, entry in enumerate(catalog.entries)),
    )
    return index


def _columns(entry: CatalogEntry, language: str) -> Iterator[str]:
    product, kinds = entry.product, _kinds(entry.product)
    translated_kinds = (entry.terms.get(kind, kind) for kind in kinds)
    for texts in (
        (product.title,),
        (_category(entry),),
        translated_kinds,
        (product.blurb,),
        product.details,
        _fallback_texts(entry),
    ):
        yield index_text(texts, language)


def _kinds(product: Product) -> tuple[str, ...]:
    """Colours and tags."""
    return (*(variant.name for variant in product.variants if variant.swatch), *product.tags)


def _fallback_texts(entry: CatalogEntry) -> Iterator[str]:
    """The English texts, and the ends of long words: "Becher" is to find "Hafenbecher"."""
    if not (product := entry.original):
        return
    yield from (product.title, product.category, product.blurb, *_kinds(product), *product.details)
    for word in words_of(entry.product.title):
        yield from (word[n:] for n in range(MIN_PART_LENGTH, len(word) - MIN_PART_LENGTH + 1))
