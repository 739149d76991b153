"""The hit rate of the search: `python -m tests.benchmarks.search_quality` writes the report."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from app.catalog.catalog_cache import Catalog, CatalogEntry
from app.catalog.search import search
from app.catalog.translations import translate_catalog
from infra.build.bundles import ROOT
from infra.local.seed import SEED_DATA
from infra.local.seed_products import seed_product
from tests.markdown_reports import print_table, write_report

QUERIES = ROOT / "tests/unit/app/catalog/search_queries.yaml"
LANGUAGES = ("en", "de")
MAX_RANK = 3
HEADINGS = (
    "language",
    "queries",
    "found in the first three",
    "hit rate",
    "not sold, nothing found",
)
INTRODUCTION = (
    "Queries that people type, the product that must be among the first three results, and queries"
    " for what the shop does not sell: `tests/unit/app/catalog/search_queries.yaml`."
    " Written by `python -m tests.benchmarks.search_quality`."
)


@dataclass
class Quality:
    """The queries of a language; ``missed`` and ``silly`` have the titles that were found."""

    queries: int = 0
    negatives: int = 0
    missed: dict[str, list[str]] = field(default_factory=dict)
    silly: dict[str, list[str]] = field(default_factory=dict)

    @property
    def hit_rate(self) -> float:
        return 1 - len(self.missed) / self.queries


@cache
def demo_catalog(language: str) -> Catalog:
    """The seeded products, without images."""
    products: list[dict[str, Any]] = json.loads((SEED_DATA / "products.json").read_text())[
        "products"
    ]
    entries = tuple(CatalogEntry(seed_product(it, at), ()) for at, it in enumerate(products, 1))
    return translate_catalog(Catalog(entries, (), datetime.now(UTC)), language)


def measure(language: str) -> Quality:
    queries = yaml.safe_load(QUERIES.read_text("utf-8"))
    quality = Quality(len(queries[language]), len(queries["nothing"][language]))
    for text, slugs in queries[language].items():
        found = _found(text, language)
        if not set(slugs.split()) & set(found[:MAX_RANK]):
            quality.missed[text] = found
    for text in queries["nothing"][language]:
        if found := _found(text, language):
            quality.silly[text] = found
    return quality


def _found(text: str, language: str) -> list[str]:
    return [entry.product.slug for entry in search(demo_catalog(language), text).entries]


def rows() -> Iterator[tuple[object, ...]]:
    for language in LANGUAGES:
        quality = measure(language)
        hits = quality.queries - len(quality.missed)
        nothing = f"{quality.negatives - len(quality.silly)} of {quality.negatives}"
        yield language, quality.queries, hits, f"{quality.hit_rate:.0%}", nothing


def main() -> Path:
    table = list(rows())
    print_table(HEADINGS, table)
    return write_report("search.md", INTRODUCTION, HEADINGS, table)


if __name__ == "__main__":
    main()
