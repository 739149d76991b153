"""Processing a CSV import: idempotent, however often S3 reports the file.

S3 delivers notifications at least once and in any order, and the function may crash at any call.
The result of each product is therefore written in the transaction that changes the product, and
a retry continues with the products that have no result yet.
Idempotent consumer: https://microservices.io/patterns/communication-style/idempotent-consumer.html
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from app import clock
from app.catalog.catalog_cache import Catalog, read_full_catalog
from app.catalog.imports.bulk_edits import parse_selected
from app.catalog.imports.conversion import Conversion
from app.catalog.imports.files import ask_for_columns, read_file, upload_attributes
from app.catalog.imports.jobs import (
    find_import,
    iter_results,
    mark_done,
    reject_file,
    save_checkpoint,
    save_preview,
    start_processing,
)
from app.catalog.imports.models import (
    MAX_LISTED_IMAGES,
    ImportJob,
    ImportOutcome,
    ImportResult,
    ImportState,
    ProductResult,
    result_item,
)
from app.catalog.imports.parsing import (
    InvalidRows,
    ProductRows,
    group_rows,
    parse_product,
)
from app.catalog.imports.preview import preview_rows
from app.catalog.imports.results import is_saved, save_item, save_result, validation_error
from app.catalog.imports.sku_errors import sku_errors
from app.catalog.imports.stock_rows import process_stock_row
from app.catalog.product_fields import NewProduct
from app.catalog.products import ProductEdit, write_new_product, write_update
from app.csv_io.decoding import InvalidCsv
from app.csv_io.tables import CsvTable
from app.persistence.dynamodb import is_condition_failure, retrying_transaction

CONTINUED = "to be continued"
CHECKPOINT_EVERY = 200  # products
MAX_IMAGE_LENGTH = 300  # of an address that is listed
FILE_REPLACED = "The file was replaced while it was being processed. Please upload it again."

type HasTime = Callable[[], bool]


@dataclass(frozen=True)
class Work:
    """A job, and whether there is time to process another product in this invocation."""

    job: ImportJob
    has_time: HasTime


def process_file(
    job: ImportJob,
    data: bytes,
    sequencer: str,
    *,
    now: datetime,
    has_time: HasTime = lambda: True,
) -> str:
    """Create and update products as the file says, and save a result for each of them.

    Returns the outcome for the log. ``sequencer`` identifies the upload: only the first upload of
    a job counts, a second one is "superseded". ``CONTINUED`` if the time was up first: another call
    with the same file continues.
    """
    catalog = read_full_catalog(now)
    try:
        file = read_file(job, data, catalog)
        if isinstance(file, CsvTable):
            return ask_for_columns(job, file, data, sequencer)
    except InvalidCsv as error:
        reject_file(job, str(error), sequencer=sequencer, now=now)
        return "rejected"
    upload = upload_attributes(data, sequencer, len(file.rows))
    if job.state == ImportState.CHECKING and job.content == upload["content"]:
        return _preview(job, file, catalog)
    if job.state == ImportState.CHECKING or not start_processing(job, **upload):
        return _reject_replaced_file(job, sequencer, now)
    if not _process_rows(Work(job, has_time), file, catalog, now):
        return CONTINUED
    mark_done(job, now=now)
    return "done"


def _preview(job: ImportJob, file: Conversion, catalog: Catalog) -> str:
    """Save the preview, unless the merchant has chosen another mapping meanwhile."""
    preview = replace(preview_rows(file.rows, catalog), images=len(file.images))
    images = tuple(address[:MAX_IMAGE_LENGTH] for address in file.images[:MAX_LISTED_IMAGES])
    is_saved = job.mapping and save_preview(job, job.mapping, preview, images)
    return "previewed" if is_saved else "superseded"


def _reject_replaced_file(job: ImportJob, sequencer: str, now: datetime) -> str:
    current = find_import(job.import_id)
    if current.is_finished or current.sequencer != sequencer:
        return "superseded"
    reject_file(job, FILE_REPLACED, sequencer=sequencer, now=now)
    return "rejected"


def _process_rows(work: Work, file: Conversion, catalog: Catalog, now: datetime) -> bool:
    """Continue after the checkpoint, with the rows that have no result. ``False`` if time is up."""
    job, errors = work.job, sku_errors(file.rows, catalog)
    results = iter_results(job.import_id, after=job.checkpoint)
    done = {result.rows[0] for result in results}
    processed = 0
    for group in _groups(file, catalog):
        first = group.numbers[0]
        if first <= job.checkpoint or first in done:
            continue
        if not work.has_time():
            return False
        if file.is_stock:
            save_item(job, process_stock_row(job, group.rows[0], catalog, errors, now))
        else:
            _process_product(job, group, errors, now)
        processed += 1
        if processed % CHECKPOINT_EVERY == 0:
            save_checkpoint(job, first, now=clock.now())
    return True


def _groups(file: Conversion, catalog: Catalog) -> Iterable[ProductRows]:
    """The rows of each product, by their first row; in a stock file each row is one."""
    if file.is_stock:
        return (ProductRows(None, [row]) for row in file.rows)
    return group_rows(file.rows, catalog)


def _process_product(
    job: ImportJob, group: ProductRows, errors: dict[int, str], now: datetime
) -> None:
    try:
        parsed = parse_selected(group, job.change) if job.change else parse_product(group, errors)
        _save_product(job, group, parsed, now)
    except InvalidRows as invalid:
        save_result(job, group, "invalid", invalid.errors)


def _save_product(
    job: ImportJob, group: ProductRows, parsed: ProductEdit | NewProduct, now: datetime
) -> None:
    """Write the product and its result in one transaction; raises ``InvalidRows``."""
    if isinstance(parsed, ProductEdit) and not parsed.changes:
        return save_result(job, group, "unchanged")
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
        if not is_saved(item):
            raise validation_error(job, group, parsed, error) from error
    return None


def _write_product(
    transaction: TransactWrite, parsed: ProductEdit | NewProduct, *, by: str, now: datetime
) -> None:
    if isinstance(parsed, ProductEdit):
        write_update(transaction, parsed, by=by, now=now)
    else:
        # A place of its own: the thousand new products of one invocation are added at one time.
        parsed.product.position = int(clock.now().timestamp())
        quantities = parsed.quantities
        write_new_product(transaction, parsed.product, quantities=quantities, by=by, now=now)
