"""The product export, as real LibreOffice saved it without a change: the import finds none.

The files and the commands that wrote them are in ``spreadsheet_files/README.md``.
"""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.catalog.catalog_cache import clear_cache
from app.catalog.imports.jobs import create_import, find_import, product_results
from app.catalog.imports.models import ImportJob
from app.catalog.imports.processing import process_file
from app.catalog.models import Product, Variant
from app.catalog.products import create_product
from app.inventory.models import Stock
from tests.builders import NOON

FILES = Path(__file__).parent / "spreadsheet_files"
SAVED = sorted(path.name for path in FILES.glob("libreoffice_*.csv"))
LONG = "# Pflege\n\nVon Hand spülen – *nie* in die Maschine.\n\n- 2,5 kg\n- „M“; 30 × 40 cm\n" + (
    "Ein Satz, der so oft dasteht, bis der Text lang ist. " * 6
)


def _products() -> Iterator[Product]:
    """Everything that spreadsheets convert, or that has been lost between them and a shop."""
    yield Product(
        slug="00123",
        title="Größe; „M“, 2",
        category="Küche",
        blurb='Ein 12" Teller, "blau" und weiß.',
        details=("2,5 kg", "=1+1", "Höhe: 30 cm"),
        long_description=LONG.strip(),
        price=5_450,
        compare_at=6_000,
        weight_g=1_250,
        tags=("3-4", "new"),
        materials=("Eiche", "Öl"),
        variants=(
            Variant("00123", "3-4", "#2f5a52", barcode="4006381333931"),
            Variant("4006381333931", "10-12", barcode="0012345678905", price=1_205),
            Variant("978080442957X", "1/2", barcode="96385074", price=90_000, weight_g=100_000),
        ),
    )
    yield Product(
        slug="1e36",
        title="=1+1",
        category="3-4",
        blurb="+49 30 1234567",
        details=("1,200",),
        price=1_300,
        variants=(Variant("1E36", "TRUE"), Variant("3-4", "10 %"), Variant("MAR5", "5. März")),
    )
    titles = ("'n' Roll", "007", "May 2024", "1/2", "FALSCH", "1984", "@home", "'00123", "5 €")
    for number, title in enumerate(titles):
        yield Product(
            slug=f"2024-01-0{number}",
            title=title,
            category="4:30",
            blurb="3,50",
            details=("Zeile eins", "Zeile zwei"),
            price=1_250 + number,
            variants=(Variant(f"JAN2{number}", "Default"),),
        )


@pytest.fixture(autouse=True)
def _in_catalog(tables: None) -> Iterator[None]:
    products = list(_products())
    for product in products:
        skus = [variant.sku for variant in product.variants]
        create_product(product, quantities=dict.fromkeys(skus, 12), now=NOON)
    clear_cache()
    yield
    for product in products:
        for variant in product.variants:
            Stock(variant.sku).delete()
        product.delete()
    clear_cache()


def _rows(content: bytes) -> list[list[str]]:
    slugs = {product.slug for product in _products()}
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    return rows[:1] + sorted(row for row in rows if row[0].strip("'") in slugs)


def _import(content: bytes) -> ImportJob:
    job = create_import(by="anna@hearth.example", now=NOON)
    process_file(job, content, "A1", now=datetime.now(UTC))
    return find_import(job.import_id)


def test_files_were_made_of_what_the_shop_exports_now(merchant: TestClient) -> None:
    exported = merchant.get("/admin/products.csv").content

    assert _rows(exported) == _rows((FILES / "exported.csv").read_bytes())


@pytest.mark.parametrize("name", SAVED)
def test_import_of_a_file_that_libreoffice_saved_untouched_changes_nothing(name: str) -> None:
    job = _import((FILES / name).read_bytes())

    assert job.state == "done", job.reason
    results = product_results(job.import_id)
    assert [(it.outcome, it.errors) for it in results] == [("unchanged", ())] * 11
    assert len(SAVED) == 6


def test_skus_of_the_stock_export_stay_text_too(merchant: TestClient) -> None:
    exported = merchant.get("/admin/stock.csv").text

    assert "'00123,\"Größe; „M“, 2\",'3-4,12" in exported
    assert "'1E36,'=1+1,'TRUE,12" in exported
