"""The search index: SQLite FTS5 in memory, built once for each version of the catalog."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from app.catalog.catalog_cache import Catalog, CatalogEntry
from app.catalog.models import Product
from app.catalog.search_terms import split_compound, stem_of, terms_of, words_of
from app.catalog.search_words import Synonyms, load_synonyms
from app.i18n.locales import ENGLISH

if TYPE_CHECKING:
    from sqlite3 import Connection

# The BM25 weight of each column: a match in the title counts more than one in the details.
COLUMNS = {
    "title": 10.0,
    "synonyms": 5.0,  # of the title, the category and the kinds
    "category": 5.0,
    "kinds": 3.0,
    "blurb": 1.5,
    "details": 1.0,
    "materials": 1.0,  # synonyms of blurb and details
    "original": 0.5,  # the English texts of a translated product, with their synonyms
}

COMPOUNDING = ("de",)  # languages that write compound words as one

type Fingerprint = tuple[object, ...]


@dataclass(frozen=True)
class SearchIndex:
    """``terms`` are all indexed terms in order; ``spellings`` are the words to correct typos to."""

    connection: "Connection"
    terms: tuple[str, ...]
    spellings: frozenset[str]
    language: str

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.terms)

    def known_terms(self, word: str) -> tuple[str, ...]:
        """The indexed terms of the whole word; empty if no product has it."""
        return tuple(term for term in terms_of(word, self.language) if term in self._known)

    def has_prefix(self, folded: str) -> bool:
        at = bisect_left(self.terms, folded)
        return at < len(self.terms) and self.terms[at].startswith(folded)


@dataclass(frozen=True)
class _Indexed:
    """An index, and the read of the catalog that it was last used with."""

    catalog: Catalog
    fingerprint: Fingerprint
    index: SearchIndex


_indexes: dict[str, _Indexed] = {}  # by language


def index_of(catalog: Catalog) -> SearchIndex:
    """The index of this catalog: another read of the same products has the same one."""
    indexed = _indexes.get(catalog.language)
    if indexed and indexed.catalog is catalog:
        return indexed.index
    fingerprint = _fingerprint(catalog)
    is_unchanged = indexed is not None and indexed.fingerprint == fingerprint
    index = indexed.index if indexed and is_unchanged else _build_index(catalog)
    _indexes[catalog.language] = _Indexed(catalog, fingerprint, index)
    return index


def _fingerprint(catalog: Catalog) -> Fingerprint:
    """Equal for two reads of the same versions of the same products, in the same order."""
    products = (entry.product for entry in catalog.entries)
    return tuple((it.slug, it.version, it.added_at) for it in products)


def _build_index(catalog: Catalog) -> SearchIndex:
    from sqlite3 import connect  # noqa: PLC0415 (late: most pages search nothing)

    indexer = _Indexer(catalog)
    rows = [tuple(indexer.columns(entry)) for entry in catalog.entries]
    connection = connect(":memory:", check_same_thread=False)
    connection.execute(
        f"CREATE VIRTUAL TABLE products USING fts5({', '.join(COLUMNS)}, prefix='2 3',"
        " tokenize='ascii')"  # the terms are folded already
    )
    places = ", ".join("?" * (1 + len(COLUMNS)))
    connection.executemany(
        f"INSERT INTO products (rowid, {', '.join(COLUMNS)}) VALUES ({places})",  # noqa: S608 (constants)
        ((number, *columns) for number, columns in enumerate(rows)),
    )
    terms = {term for columns in rows for column in columns for term in column.split()}
    return SearchIndex(connection, tuple(sorted(terms)), indexer.spellings(terms), catalog.language)


class _Indexer:
    """Turns products of one catalog into columns of index terms."""

    def __init__(self, catalog: Catalog) -> None:
        self._language = catalog.language
        self._synonyms = load_synonyms(catalog.language)
        self._names = {word for it in catalog.entries for word in words_of(_name(it))}
        originals = (it.original.title for it in catalog.entries if it.original)
        self._original_names = set(words_of("\n".join(originals)))
        self._tails = _shortest_by_stem(self._names | self._synonyms.words, catalog.language)

    def columns(self, entry: CatalogEntry) -> Iterator[str]:
        product, kinds = entry.product, _kinds(entry.product)
        title = self._words([product.title])
        category = self._words([_category(entry)])
        translated_kinds = self._words(entry.terms.get(kind, kind) for kind in kinds)
        blurb, details = self._words([product.blurb]), self._words(_details(product))
        for words in (
            title,
            self._related(title + category + translated_kinds),
            category,
            translated_kinds,
            blurb,
            details,
            self._related(blurb + details),
            _original_words(entry),
        ):
            yield _terms(words, self._language)

    def spellings(self, terms: Set[str]) -> frozenset[str]:
        """The words of titles, categories and synonyms that some product has."""
        words = self._names | self._original_names | self._synonyms.words
        return frozenset(w for w in words if not terms.isdisjoint(terms_of(w, self._language)))

    def _words(self, texts: Iterable[str]) -> list[str]:
        """The words of the texts, and the parts of compound words: "Hafenbecher", "Becher"."""
        words = words_of("\n".join(texts))
        if self._language not in COMPOUNDING:
            return words
        return [*words, *(part for word in words for part in split_compound(word, self._is_tail))]

    def _is_tail(self, part: str) -> bool:
        """Whether the end of a word is a known word in some form, and not only its stem."""
        shortest = self._tails.get(stem_of(part, self._language))
        return shortest is not None and len(part) >= shortest

    def _related(self, words: Iterable[str]) -> list[str]:
        return _related(words, self._synonyms, self._language)


def _name(entry: CatalogEntry) -> str:
    return f"{entry.product.title}\n{_category(entry)}"


def _category(entry: CatalogEntry) -> str:
    return entry.terms.get(entry.product.category, entry.product.category)


def _details(product: Product) -> tuple[str, ...]:
    return (*product.details, product.long_description)


def _kinds(product: Product) -> tuple[str, ...]:
    """Colours, materials and tags."""
    colours = (variant.name for variant in product.variants if variant.swatch)
    return (*colours, *product.materials, *product.tags)


def _shortest_by_stem(words: Iterable[str], language: str) -> dict[str, int]:
    """The length of the shortest of these words, by stem."""
    lengths: dict[str, int] = {}
    for word in words:
        stem = stem_of(word, language)
        lengths[stem] = min(len(word), lengths.get(stem, len(word)))
    return lengths


def _related(words: Iterable[str], synonyms: Synonyms, language: str) -> list[str]:
    stems = {stem_of(word, language) for word in words}
    return words_of("\n".join(dict.fromkeys(synonyms.of(stems))))


def _original_words(entry: CatalogEntry) -> list[str]:
    if not (product := entry.original):
        return []
    texts = (product.title, product.category, product.blurb, *_kinds(product), *_details(product))
    words = words_of("\n".join(texts))
    return [*words, *_related(words, load_synonyms(ENGLISH.code), ENGLISH.code)]


def _terms(words: Iterable[str], language: str) -> str:
    return " ".join(" ".join(terms_of(word, language)) for word in words)
