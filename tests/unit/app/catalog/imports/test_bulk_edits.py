import itertools
from collections import Counter

import pytest
from ulid import ULID

from app.catalog.bulk_edit import BulkChange
from app.catalog.imports import processing
from app.catalog.imports.jobs import (
    count_rows,
    create_bulk_edit,
    find_import,
    product_results,
    selection_file,
)
from app.catalog.imports.models import ImportJob
from app.catalog.imports.processing import process_file
from app.catalog.models import Product
from app.inventory.models import LedgerEntry
from app.inventory.reservations import read_stock
from app.inventory.stock_shards import reshard
from tests.builders import NOON, a_product, audit_log_entries, current_product, sku_of, stock_of
from tests.crash_injection import crash_after_call, interleave, recorded_calls

pytestmark = pytest.mark.usefixtures("tables")

TEN_PER_CENT_LESS = BulkChange("change_percent", -1_000)


def _job(change: BulkChange = TEN_PER_CENT_LESS) -> ImportJob:
    return create_bulk_edit(str(ULID()), change, by="anna@hearth.example", now=NOON)


def _process(job: ImportJob, *products: Product) -> ImportJob:
    data = selection_file((it.slug, 0) for it in products)
    process_file(find_import(job.import_id), data, "A1", now=NOON)
    return find_import(job.import_id)


def _calls(job: ImportJob, *products: Product) -> Counter[str]:
    with recorded_calls() as calls:
        _process(job, *products)
    return Counter(call.split(" ")[0] for call in calls)


def test_products_are_written_in_transactions_of_at_most_100_items_after_one_read() -> None:
    """Each of these products has 13 items: itself, its result and audit log entry, stock, ledger.

    A transaction has room for seven of them, and one call reads the stock of twenty.
    """
    few, many = ([a_product(price=2_000, variants=5) for _ in range(n)] for n in (1, 41))

    difference = _calls(_job(), *many) - _calls(_job(), *few)

    assert difference == {"TransactWriteItems": 3 + 3 + 1 - 1, "BatchGetItem": 3 - 1}
    assert {(it.price, it.version) for it in map(current_product, (*few, *many))} == {(1_800, 1)}


def test_product_that_cannot_be_written_does_not_prevent_the_others_of_its_transaction() -> None:
    one, edited, other = (a_product(price=2_000) for _ in range(3))
    job = _job()
    edited.update(actions=[Product.version.add(1)])

    _process(job, one, edited, other)

    outcomes = [result.outcome for result in product_results(job.import_id)]
    assert outcomes == ["updated", "invalid", "updated"]
    assert [current_product(it).price for it in (one, edited, other)] == [1_800, 2_000, 1_800]
    assert [current_product(it).version for it in (one, edited, other)] == [1, 1, 1]


def test_stock_that_is_resharded_after_it_was_read_gets_the_new_price() -> None:
    one, other = (a_product(price=2_000) for _ in range(2))
    sku = sku_of(one)

    def reshard_stock() -> None:
        reshard(list(read_stock([sku])[sku].shards), 2, by="anna@hearth.example", now=NOON)

    with interleave(reshard_stock, before="TransactWriteItems"):
        _process(_job(), one, other)

    assert [it.price for it in read_stock([sku])[sku].shards] == [1_800] * 3
    assert stock_of(other).price == 1_800


@pytest.mark.parametrize("at_once", [1, 2])
def test_crash_at_any_call_changes_each_product_once_in_the_end(
    monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """Ten per cent twice would be seen: the change is relative. Crash after each call in turn."""
    monkeypatch.setattr(processing, "CHECKPOINT_EVERY", 1)
    monkeypatch.setattr(processing, "MAX_AT_ONCE", at_once)
    for number in itertools.count(1):
        products = [a_product(price=2_000), a_product(price=1_000, variants=2)]
        job = _job()
        with crash_after_call(number) as crashed:
            _process(job, *products)

        retried = _process(job, *products)
        _process(job, *products)

        assert (retried.state, retried.rows) == ("done", 2)
        assert count_rows(find_import(job.import_id)) == {"updated": 2}
        results = product_results(job.import_id)
        assert [result.outcome for result in results] == ["updated", "updated"]
        assert [current_product(it).price for it in products] == [1_800, 900]
        for product in products:
            assert current_product(product).version == 1
            assert stock_of(product).price == current_product(product).price
            priced = [e for e in LedgerEntry.query(sku_of(product)) if e.reason == "priced"]
            assert len(priced) == 1
            assert len(audit_log_entries(f"/admin/products/{product.slug}")) == 2
        if not crashed:
            assert number > 6
            return


@pytest.mark.parametrize("count", [1, 3])
def test_concurrent_workers_change_a_product_once(count: int) -> None:
    products, job = [a_product(price=2_000) for _ in range(count)], _job()

    with interleave(lambda: _process(job, *products), before="TransactWriteItems"):
        _process(job, *products)

    assert [current_product(it).price for it in products] == [1_800] * count
    assert [current_product(it).version for it in products] == [1] * count
    outcomes = [result.outcome for result in product_results(job.import_id)]
    assert outcomes == ["updated"] * count


def test_product_that_was_deleted_meanwhile_is_reported() -> None:
    product, job = a_product(price=2_000), _job()
    product.delete()

    _process(job, product)

    ((error,),) = [result.errors for result in product_results(job.import_id)]
    assert error.message == "This product was deleted since you selected it."
