"""Files of the same shape as the samples of six other programs, with rows of our own.

Shopify's three sample shops, WooCommerce's sample products, django-oscar's books (no headings,
backslashes before quotation marks, NULL) and a German spreadsheet of Excel.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.catalog.catalog_cache import clear_cache, read_full_catalog
from app.catalog.imports.jobs import (
    choose_mapping,
    confirm_import,
    create_import,
    find_import,
    product_results,
)
from app.catalog.imports.mapping import suggested_mapping
from app.catalog.imports.models import ColumnMapping, ImportJob
from app.catalog.imports.processing import process_file
from app.catalog.models import Product
from app.inventory.models import Stock
from infra.local.cloud import LocalCloud
from tests.builders import NOON

pytestmark = pytest.mark.usefixtures("tables")

SAMPLES = Path(__file__).parent / "samples"
BOOKS = ColumnMapping(
    {0: "sku", 1: "title", 2: "description", 3: "category", 6: "price", 7: "stock"},
    has_headings=False,
    include_stock=True,
    category="Other",
)


@pytest.fixture(autouse=True)
def _deleted_afterwards(tables: LocalCloud) -> Iterator[None]:
    before = {it.product.slug for it in read_full_catalog(NOON).entries}
    yield
    clear_cache()
    for product in (it.product for it in read_full_catalog(NOON).entries):
        if product.slug not in before:
            for variant in product.variants:
                Stock(variant.sku).delete()
            product.delete()
    clear_cache()


def uploaded(data: bytes) -> ImportJob:
    job = create_import(by="anna@hearth.example", now=NOON)
    process_file(job, data, "A1", now=NOON)
    return find_import(job.import_id)


def imported(data: bytes, mapping: ColumnMapping | None = None) -> ImportJob:
    """Map the columns, preview the import and confirm it."""
    job = uploaded(data)
    assert job.state == "mapping"
    assert choose_mapping(job, mapping or suggested_mapping(job), now=NOON)
    process_file(find_import(job.import_id), data, "A1", now=NOON)
    previewed = find_import(job.import_id)
    assert previewed.state == "previewed"
    assert product_results(job.import_id) == []
    assert confirm_import(previewed, now=NOON)
    process_file(find_import(job.import_id), data, "A1", now=NOON)
    clear_cache()
    return find_import(job.import_id)


def product(slug: str) -> Product:
    return read_full_catalog(NOON).entry(slug).product


def errors(job: ImportJob) -> set[str]:
    return {error.message for it in product_results(job.import_id) for error in it.errors}


@pytest.mark.parametrize(
    ("name", "rows", "accepted", "reasons"),
    [
        ("shopify_apparel", 6, 6, set()),
        ("shopify_jewelry", 9, 6, {"same value"}),
        ("shopify_home", 5, 3, {"same value"}),
        ("woocommerce", 12, 2, {"virtual", "external", "grouped", "same value"}),
        ("oscar_books", 4, 3, {"Enter a price."}),
        ("spreadsheet", 4, 1, {"Enter 1200.00 or 1.20", "same value"}),
    ],
)
def test_rows_of_another_program_that_are_accepted(
    name: str, rows: int, accepted: int, reasons: set[str]
) -> None:
    data = (SAMPLES / f"{name}.csv").read_bytes()

    job = imported(data, BOOKS if name == "oscar_books" else None)

    assert job.state == "done"
    counts = Counter[str]()
    for result in product_results(job.import_id):
        counts[result.outcome] += len(result.rows)
    assert (job.rows, counts["created"]) == (rows, accepted), errors(job)
    assert counts.total() == rows
    assert all(any(reason in message for reason in reasons) for message in errors(job))
    assert job.preview
    assert job.preview.rows == dict(counts)


@pytest.mark.parametrize("name", ["shopify_jewelry", "shopify_home", "woocommerce", "spreadsheet"])
def test_second_import_of_the_same_file_changes_nothing(name: str) -> None:
    data = (SAMPLES / f"{name}.csv").read_bytes()
    imported(data)

    again = imported(data)

    outcomes = {result.outcome for result in product_results(again.import_id)}
    assert outcomes <= {"unchanged", "invalid"}
    assert "unchanged" in outcomes


def test_shopify_rows_without_skus_get_one_and_further_images_are_left_out() -> None:
    job = imported((SAMPLES / "shopify_jewelry.csv").read_bytes())

    choker, cord = product("pendant-choker"), product("cord-bracelet")
    assert [it.sku for it in cord.variants] == ["CORD-BRACELET-BLUE", "CORD-BRACELET-BLACK"]
    assert [it.name for it in cord.variants] == ["Blue", "Black"]
    assert choker.blurb == "Black cord choker with a pendant."
    assert choker.details[1] == 'Length, 12" with 2.5" extender'
    assert choker.variants[0].name == "Default"
    assert "https://images.example/anchor-cuff-3.jpg" in job.images
    assert product("globe-earrings").weight_g == 28
    assert (job.source, choker.category, choker.published) == ("Shopify", "Necklace", False)


def test_stock_is_taken_over_only_if_the_merchant_says_so() -> None:
    data = (SAMPLES / "shopify_home.csv").read_bytes()
    imported(data)
    assert Stock.get("BRASS-LIGHT").available == 0


def test_books_without_headings_get_their_stock() -> None:
    imported((SAMPLES / "oscar_books.csv").read_bytes(), BOOKS)

    book = product("notes-from-the-wheel")
    assert (book.title, book.price) == ('Notes from " The Wheel"', 821)
    assert Stock.get("9780471958697").available == 7


@pytest.mark.parametrize(
    "how",
    [
        lambda it: it.decode("utf-8-sig").encode("utf-16"),
        lambda it: it.decode("utf-8-sig").replace("\r\n", ",,,\r\n").encode(),
    ],
)
def test_woocommerce_sale_price_is_the_price(how: object) -> None:
    data = (SAMPLES / "woocommerce.csv").read_bytes()

    imported(how(data))  # type: ignore[operator]

    beret = product("beret")
    assert (beret.price, beret.compare_at, beret.variants[0].name) == (1_800, 2_000, "Default")
