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
VIRTUAL = "This shop sells what can be shipped. Leave virtual products out."


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
        ("shopify_jewelry", 9, 9, set()),
        ("shopify_home", 5, 5, set()),
        ("woocommerce", 12, 8, {"virtual", "external", "grouped"}),
        ("oscar_books", 4, 3, {"Enter a price."}),
        ("spreadsheet", 4, 3, {"Enter 1200.00 or 1.20"}),
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

    choker, cuff = product("pendant-choker"), product("anchor-cuff")
    assert [it.sku for it in cuff.variants] == ["ANCHOR-CUFF-GOLD", "ANCHOR-CUFF-SILVER"]
    assert [it.name for it in cuff.variants] == ["Gold", "Silver"]
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


def test_spreadsheet_of_excel_in_german_is_read_as_it_is_written() -> None:
    job = imported((SAMPLES / "spreadsheet.csv").read_bytes())

    jug = product("krug")
    assert [it.sku for it in jug.variants] == ["K-100-1", "K-100-2"]
    assert [it.name for it in jug.variants] == ["klein", "groß"]
    assert (jug.price, jug.compare_at, jug.weight_g) == (5_450, 6_000, 750)
    assert "Windows-1252" in (job.note or "")


@pytest.mark.parametrize(
    "how",
    [
        lambda it: it.decode("utf-8-sig").encode("utf-16"),
        lambda it: it.decode("utf-8-sig").replace("\r\n", ",,,\r\n").encode(),
    ],
)
def test_woocommerce_variations_belong_to_their_parent(how: object) -> None:
    data = (SAMPLES / "woocommerce.csv").read_bytes()

    imported(how(data))  # type: ignore[operator]

    hoody = product("hoody")
    assert [it.name for it in hoody.variants] == ["Red / No", "Blue / Yes"]
    assert (hoody.category, hoody.weight_g) == ("Hoodies", 680)
    beret = product("beret")
    assert (beret.price, beret.compare_at, beret.variants[0].name) == (1_800, 2_000, "Default")


def test_variation_before_its_parent_has_the_title_of_the_parent() -> None:
    header, parent, *others = (SAMPLES / "woocommerce.csv").read_text("utf-8-sig").split("\n")
    variations = [it for it in others if ",variation," in it and "vneck" in it]

    imported("\n".join([header, *variations, parent]).encode())

    assert (product("v-neck").title, len(product("v-neck").variants)) == ("V-Neck", 2)
