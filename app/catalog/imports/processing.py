"""Processing a CSV import: idempotent, however often S3 reports the file.

S3 delivers notifications at least once and in any order, and the function may crash at any call.
The result of each product is therefore written in the transaction that changes the product, and
a retry continues with the products that have no result yet.
Idempotent consumer: https://microservices.io/patterns/communication-style/idempotent-consumer.html
"""

import hashlib
from datetime import datetime

from pynamodb.exceptions import DoesNotExist, PutError, TransactWriteError
from pynamodb.transactions import TransactWrite

from app.catalog.catalog_cache import read_full_catalog
from app.catalog.imports.jobs import (
    find_import,
    mark_done,
    product_results,
    reject_file,
    start_processing,
)
from app.catalog.imports.models import (
    MAX_ROWS,
    ImportJob,
    ImportOutcome,
    ImportResult,
    ProductResult,
    RowError,
    result_item,
)
from app.catalog.imports.parsing import (
    HEADER,
    InvalidRows,
    ProductRows,
    group_rows,
    parse_product,
    repeated_skus,
    sku_of,
)
from app.catalog.product_fields import NewProduct
from app.catalog.products import ProductEdit, duplicate_product, write_new_product, write_update
from app.csv_io.decoding import InvalidCsv, encoding_note
from app.csv_io.reader import CsvRow, read_csv
from app.persistence.dynamodb import is_condition_failure, retrying_transaction

MAX_ERRORS = 100  # reported for one product, whose result has to fit one DynamoDB item
EDIT_CONFLICT = (
    "This product has changed since the file was exported. Export it again, or empty the cell "
    "“version” to overwrite the change."
)
FILE_REPLACED = "The file was replaced while it was being processed. Please upload it again."
IN_USE = "Enter a different value: another product has this one."


def process_file(job: ImportJob, data: bytes, sequencer: str, *, now: datetime) -> str:
    """Create and update products as the file says, and save a result for each of them.

    Returns the outcome for the log. ``sequencer`` identifies the upload: only the first upload of
    a job counts, a second one is "superseded".
    """
    try:
        rows = read_csv(data, HEADER, max_rows=MAX_ROWS)
    except InvalidCsv as error:
        reject_file(job, str(error), sequencer=sequencer, now=now)
        return "rejected"
    content = hashlib.sha256(data).hexdigest()
    note = encoding_note(data)
    if not start_processing(job, content=content, sequencer=sequencer, rows=len(rows), note=note):
        return _reject_replaced_file(job, sequencer, now)
    _process_rows(job, rows, now)
    mark_done(job, now=now)
    return "done"


def _reject_replaced_file(job: ImportJob, sequencer: str, now: datetime) -> str:
    current = find_import(job.import_id)
    if current.is_finished or current.sequencer != sequencer:
        return "superseded"
    reject_file(job, FILE_REPLACED, sequencer=sequencer, now=now)
    return "rejected"


def _process_rows(job: ImportJob, rows: list[CsvRow], now: datetime) -> None:
    done = {row for result in product_results(job.import_id) for row in result.rows}
    repeated = repeated_skus(rows)
    for group in group_rows(rows, read_full_catalog(now)):
        if done.isdisjoint(group.numbers):
            _process_product(job, group, repeated, now)


def _process_product(
    job: ImportJob, group: ProductRows, repeated: dict[int, int], now: datetime
) -> None:
    try:
        _save_product(job, group, parse_product(group, repeated), now)
    except InvalidRows as invalid:
        _save_result(job, group, "invalid", invalid.errors)


def _save_product(
    job: ImportJob, group: ProductRows, parsed: ProductEdit | NewProduct, now: datetime
) -> None:
    """Write the product and its result in one transaction; raises ``InvalidRows``."""
    if isinstance(parsed, ProductEdit) and not parsed.changes:
        return _save_result(job, group, "unchanged")
    product = parsed.product
    outcome: ImportOutcome = "updated" if isinstance(parsed, ProductEdit) else "created"
    result = ProductResult(group.numbers, product.title, product.slug, outcome)
    item = result_item(job.import_id, result)
    try:
        with retrying_transaction() as transaction:
            _write_product(transaction, parsed, by=job.by, now=now)
            transaction.save(item, condition=ImportResult.item_id.does_not_exist())
    except TransactWriteError as error:
        if not is_condition_failure(error):
            raise
        if not _exists(item):
            raise _validation_error(group, parsed, error) from error
    return None


def _write_product(
    transaction: TransactWrite, parsed: ProductEdit | NewProduct, *, by: str, now: datetime
) -> None:
    if isinstance(parsed, ProductEdit):
        write_update(transaction, parsed, by=by, now=now)
    else:
        quantities = parsed.quantities
        write_new_product(transaction, parsed.product, quantities=quantities, by=by, now=now)


def _validation_error(
    group: ProductRows, parsed: ProductEdit | NewProduct, error: TransactWriteError
) -> InvalidRows:
    """Read from the failed conditions what another product, or a newer version, prevents."""
    first = group.numbers[0]
    if isinstance(parsed, ProductEdit):
        return InvalidRows([RowError(first, "version", EDIT_CONFLICT)])
    duplicate = duplicate_product(parsed.product, error)
    errors = [RowError(first, "slug", IN_USE)] if duplicate.slug else []
    errors += [
        RowError(row.number, "sku", IN_USE) for row in group.rows if sku_of(row) in duplicate.skus
    ]
    return InvalidRows(errors)


def _exists(item: ImportResult) -> bool:
    """Whether a concurrent run of this import has saved this result first."""
    try:
        ImportResult.get(item.catalog_id, item.item_id, consistent_read=True)
    except DoesNotExist:
        return False
    return True


def _save_result(
    job: ImportJob,
    group: ProductRows,
    outcome: ImportOutcome,
    errors: tuple[RowError, ...] = (),
) -> None:
    """A repeat changes nothing: a concurrent run of this import may have been first."""
    slug = group.product.slug if group.product else ""
    result = ProductResult(group.numbers, group.title, slug, outcome, errors[:MAX_ERRORS])
    try:
        result_item(job.import_id, result).save(ImportResult.item_id.does_not_exist())
    except PutError as error:
        if not is_condition_failure(error):
            raise
