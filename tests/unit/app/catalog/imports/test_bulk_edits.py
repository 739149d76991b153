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


def _calls(count: int) -> Counter[str]:
    products = [a_product(price=2_000) for _ in range(count)]
    job = _job()
    with recorded_calls() as calls:
        _process(job, *products)
    assert {current_product(it).price for it in products} == {1_800}
    return Counter(call.split(" ")[0] for call in calls)


def test_each_product_takes_one_transaction_and_one_read_of_its_stock_shards() -> None:
    assert _calls(12) - _calls(2) == {"TransactWriteItems": 10, "BatchGetItem": 10}


def test_crash_at_any_call_changes_each_product_once_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ten per cent twice would be seen: the change is relative. Crash after each call in turn."""
    monkeypatch.setattr(processing, "CHECKPOINT_EVERY", 1)
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


def test_concurrent_workers_change_a_product_once() -> None:
    product, job = a_product(price=2_000), _job()

    with interleave(lambda: _process(job, product), before="TransactWriteItems"):
        _process(job, product)

    assert current_product(product).price == 1_800


def test_product_that_was_deleted_meanwhile_is_reported() -> None:
    product, job = a_product(price=2_000), _job()
    product.delete()

    _process(job, product)

    ((error,),) = [result.errors for result in product_results(job.import_id)]
    assert error.message == "This product was deleted since you selected it."
