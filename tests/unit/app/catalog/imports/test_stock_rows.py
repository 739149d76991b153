"""Stock by file: a count or a change for each SKU."""

import itertools

import pytest

from app.catalog.imports.jobs import create_import, find_import, product_results
from app.catalog.imports.models import ImportJob, ProductResult
from app.catalog.imports.processing import process_file
from app.inventory.models import LedgerEntry
from app.inventory.reservations import receive
from tests.builders import NOON, a_product, an_order, sku_of, stock_of
from tests.crash_injection import crash_after_call, interleave

pytestmark = pytest.mark.usefixtures("tables")


def _process(text: str, job: ImportJob | None = None) -> ImportJob:
    job = job or create_import(by="anna@hearth.example", now=NOON)
    process_file(find_import(job.import_id), text.encode(), "A1", now=NOON)
    return find_import(job.import_id)


def _results(text: str) -> list[ProductResult]:
    job = _process(text)
    assert job.state == "done", job.reason
    return product_results(job.import_id)


def _message(text: str) -> tuple[str, str]:
    ((error,),) = [result.errors for result in _results(text)]
    return error.column, error.message


def test_counts_and_changes_are_applied() -> None:
    counted, changed, same = (a_product(quantity=20) for _ in range(3))

    results = _results(
        f"sku;count;change\n{sku_of(counted).lower()};12;\n{sku_of(changed)};;-3\n"
        f"{sku_of(same)};20;\n"
    )

    assert [it.outcome for it in results] == ["updated", "updated", "unchanged"]
    assert [stock_of(it).available for it in (counted, changed, same)] == [12, 17, 20]
    assert results[0].slug == counted.slug


def test_units_ordered_since_the_export_stay_ordered() -> None:
    product = a_product(quantity=20)
    an_order(product)

    _results(f"sku;available;count;stock_version\n{sku_of(product)};20;16;0\n")

    assert (stock_of(product).available, stock_of(product).reserved) == (15, 1)


def test_stale_count_is_reported_and_changes_nothing() -> None:
    product = a_product(quantity=20)
    receive(sku_of(product), 4, delivery="d1", now=NOON, by="bo@hearth.example")

    column, message = _message(f"sku;available;count;stock_version\n{sku_of(product)};20;16;0\n")

    assert column == "count"
    assert message == (
        "The stock was changed after the export: received +4 by bo@hearth.example. "
        "Count again, and enter the units that are there."
    )
    assert stock_of(product).available == 24


def test_unchanged_export_changes_nothing() -> None:
    product = a_product(quantity=20)
    row = f"{sku_of(product)};Tea pot;;20;;;0"

    (result,) = _results(f"sku;product;variant;available;count;change;stock_version\n{row}\n")

    assert (result.outcome, stock_of(product).merchant_changes) == ("unchanged", 0)


@pytest.mark.parametrize(
    ("cells", "column", "message"),
    [
        ("{sku};-1;", "count", "Enter a count as a whole number, like 12."),
        ("{sku};many;", "count", "Enter a count as a whole number, like 12."),
        ("{sku};;x", "change", "Enter a change as a whole number, like 12 or -3."),
        ("{sku};3;3", "change", "Enter a count or a change, and leave the other cell empty."),
        ("{sku};;-21", "change", "Only 20 units are available. Enter -20 or more."),
        ("NO-SUCH;3;", "sku", "No product has this SKU. Correct it, or remove the row."),
    ],
)
def test_invalid_row_says_what_to_enter(cells: str, column: str, message: str) -> None:
    product = a_product(quantity=20)

    error = _message(f"sku;count;change\n{cells.format(sku=sku_of(product))}\n")

    assert error == (column, message)
    assert stock_of(product).available == 20


def test_repeated_sku_is_reported_in_the_later_row() -> None:
    product = a_product(quantity=20)
    sku = sku_of(product)

    first, second = _results(f"sku;change\n{sku};1\n{sku};1\n")

    assert (first.outcome, second.outcome) == ("updated", "invalid")
    assert second.errors[0].message == "Enter a different SKU: row 2 has this one."
    assert stock_of(product).available == 21


@pytest.mark.parametrize("row", ["{sku};12;", "{sku};;-8"])
def test_crash_at_any_call_changes_the_stock_once(row: str) -> None:
    for number in itertools.count(1):
        product = a_product(quantity=20)
        text = f"sku;count;change\n{row.format(sku=sku_of(product))}\n"
        job = create_import(by="anna@hearth.example", now=NOON)
        with crash_after_call(number) as crashed:
            _process(text, job)

        retried = _process(text, job)

        assert retried.state == "done"
        assert [it.outcome for it in product_results(job.import_id)] == ["updated"]
        assert (stock_of(product).available, stock_of(product).merchant_changes) == (12, 1)
        entries = [it for it in LedgerEntry.query(sku_of(product)) if it.change == -8]
        assert len(entries) == 1
        if not crashed:
            assert number > 5
            return


def test_count_of_another_merchant_at_the_same_moment_is_not_overwritten() -> None:
    product = a_product(quantity=20)
    sku = sku_of(product)

    with interleave(lambda: receive(sku, 4, delivery="d1", now=NOON), before="TransactWrite"):
        _process(f"sku;count\n{sku};12\n")

    assert stock_of(product).available == 24
