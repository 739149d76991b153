"""Processing a CSV import: idempotent, however often S3 reports the file.

S3 delivers notifications at least once and in any order, and the function may crash at any call.
The result of each product is therefore written in the transaction that changes the product, and
a retry continues with the products that have no result yet.
Idempotent consumer: https://microservices.io/patterns/communication-style/idempotent-consumer.html
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from msgspec.structs import replace

from app import clock
from app.catalog.catalog_cache import Catalog, read_full_catalog
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
from app.catalog.imports.models import MAX_LISTED_IMAGES, ImportJob, ImportState
from app.catalog.imports.parsing import ProductRows, group_rows
from app.catalog.imports.preview import preview_rows
from app.catalog.imports.product_writes import process_products
from app.catalog.imports.results import save_item
from app.catalog.imports.sku_errors import sku_errors
from app.catalog.imports.stock_rows import process_stock_row
from app.csv_io.decoding import InvalidCsv
from app.csv_io.tables import CsvTable

CONTINUED = "to be continued"
MAX_AT_ONCE = 20  # products, whose stock one call reads if they have five variants each
CHECKPOINT_EVERY = 10  # rounds of so many products
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
    todo = [
        group
        for group in _groups(file, catalog)
        if group.numbers[0] > job.checkpoint and group.numbers[0] not in done
    ]
    for number, groups in enumerate(batched(todo, MAX_AT_ONCE), start=1):
        if not work.has_time():
            return False
        if file.is_stock:
            for group in groups:
                save_item(job, process_stock_row(job, group.rows[0], catalog, errors, now))
        else:
            process_products(job, groups, errors, now=now)
        if number % CHECKPOINT_EVERY == 0:
            save_checkpoint(job, groups[-1].numbers[0], now=clock.now())
    return True


def _groups(file: Conversion, catalog: Catalog) -> Iterable[ProductRows]:
    """The rows of each product, by their first row; in a stock file each row is one."""
    if file.is_stock:
        return (ProductRows(None, [row]) for row in file.rows)
    return group_rows(file.rows, catalog)
