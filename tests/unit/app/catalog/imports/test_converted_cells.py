"""SKUs and titles that a spreadsheet has made numbers and dates of are refused, not imported."""

from collections.abc import Iterator

import pytest

from app.catalog.catalog_cache import clear_cache, read_full_catalog
from app.catalog.imports.jobs import choose_mapping, create_import, find_import, product_results
from app.catalog.imports.mapping import suggested_mapping
from app.catalog.imports.models import ImportJob, PreviewedProduct, RowError
from app.catalog.imports.processing import process_file
from app.catalog.models import Product, Variant
from app.catalog.products import create_product
from app.inventory.models import Stock
from tests.builders import NOON


@pytest.fixture(autouse=True)
def product(tables: None) -> Iterator[Product]:
    before = {entry.product.slug for entry in read_full_catalog(NOON).entries}
    barcode = Variant("BARCODE-1", "Weiß", barcode="0123456789012")
    variants = (Variant("00123", "3-4"), Variant("MAR5", "Rot"), barcode)
    product = Product(slug="number-vase", title="007", category="Vases", blurb="Deep.", price=4_800)
    product.variants = variants
    create_product(product, quantities=dict.fromkeys([it.sku for it in variants], 12), now=NOON)
    clear_cache()
    yield product
    clear_cache()
    for added in (it.product for it in read_full_catalog(NOON).entries):
        if added.slug not in before:
            for variant in added.variants:
                Stock(variant.sku).delete()
            added.delete()
    clear_cache()


def _import(text: str) -> ImportJob:
    job = create_import(by="anna@hearth.example", now=NOON)
    process_file(job, text.encode(), "A1", now=NOON)
    clear_cache()
    return find_import(job.import_id)


def _errors(text: str) -> list[RowError]:
    job = _import(text)
    assert job.state == "done", job.reason
    return [error for it in product_results(job.import_id) for error in it.errors]


def _preview(text: str) -> list[PreviewedProduct]:
    job = _import(text)
    assert choose_mapping(job, suggested_mapping(job), now=NOON)
    process_file(find_import(job.import_id), text.encode(), "A1", now=NOON)
    preview = find_import(job.import_id).preview
    assert preview
    return list(preview.products)


def _converted(cell: str, original: str) -> str:
    return (
        f"“{cell}” looks changed by a spreadsheet. Format the column as text, and enter {original}."
    )


@pytest.mark.parametrize(("cell", "sku"), [("123", "00123"), ("5-Mar", "MAR5")])
def test_converted_sku_is_neither_added_nor_taken_for_another_one(cell: str, sku: str) -> None:
    skus = {v.sku for it in read_full_catalog(NOON).entries for v in it.product.variants}
    row = f"{cell},Another vase,Vases,Deep.,49.00"

    (error,) = _errors(f"sku,title,category,blurb,price\n{row}\n")

    assert error == RowError(2, "sku", _converted(cell, sku))
    assert skus == {v.sku for it in read_full_catalog(NOON).entries for v in it.product.variants}


def test_converted_barcode_as_the_sku_of_a_new_product_is_refused() -> None:
    row = "4.00638E+12,Another vase,Vases,Deep.,49.00"

    (error,) = _errors(f"sku,title,category,blurb,price\n{row}\n")

    assert error.message == _converted("4.00638E+12", "the SKU as it was")


def test_sku_that_was_not_converted_can_be_added() -> None:
    row = "5-MAR,Another vase,Vases,Deep.,49.00"

    assert _errors(f"sku,title,category,blurb,price\n{row}\n") == []


def test_converted_sku_of_another_program_is_not_made_a_sku_of_ours() -> None:
    previewed = _preview(
        "Artikelnummer;Bezeichnung;Preis\n4,00638E+12;Krug;54,50\n05. Mrz;Topf;9\n"
    )

    assert [it.result.outcome for it in previewed] == ["invalid", "invalid"]
    errors = [it.result.errors[0] for it in previewed]
    assert errors == [
        RowError(2, "sku", _converted("4,00638E+12", "the SKU as it was")),
        RowError(3, "sku", _converted("05. Mrz", "MAR5")),
    ]


def test_converted_sku_of_a_stock_file_is_refused(product: Product) -> None:
    (error,) = _errors("sku,count\n123,4\n")

    assert error == RowError(2, "sku", _converted("123", "00123"))


def test_converted_title_and_variant_do_not_replace_those_of_the_product(product: Product) -> None:
    title, variant = _errors("slug,sku,title,variant\nnumber-vase,00123,7,04. Mrz\n")

    assert variant.message == _converted("7", "007") or title.message == _converted("7", "007")
    assert "an import cannot change it" in title.message + variant.message


def test_barcode_without_its_leading_zeros_is_the_same(product: Product) -> None:
    job = _import("sku,barcode\nBARCODE-1,123456789012\n")

    assert [it.outcome for it in product_results(job.import_id)] == ["unchanged"]


def test_converted_barcode_is_refused() -> None:
    (error,) = _errors("sku,barcode\nBARCODE-1,1.23457E+11\n")

    assert error.column == "barcode"
    assert "looks changed by a spreadsheet" in error.message
