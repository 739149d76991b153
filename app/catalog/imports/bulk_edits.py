"""Bulk edits as import jobs: the file lists the selected products, the job's row has the change.

The import worker does both, so that a bulk edit has the same progress page and resumes in the same
way after a crash.
"""

from collections.abc import Iterable
from datetime import datetime

from pynamodb.exceptions import PutError
from ulid import ULID

from app.catalog.bulk_edit import BulkChange, DoesNotFit
from app.catalog.imports.jobs import find_import
from app.catalog.imports.models import IMPORTS_ID, ImportJob, ImportState, RowError
from app.catalog.imports.parsing import InvalidRows, ProductRows
from app.catalog.products import ProductEdit
from app.csv_io.escaping import write_csv
from app.errors import Conflict, NotFound
from app.persistence.dynamodb import is_condition_failure

DELETED = "This product was deleted since you selected it."
CHANGED = (
    "Another merchant has changed this product since you selected it. "
    "Check it, and select it again."
)


def create_bulk_edit(job_id: str, change: BulkChange, *, by: str, now: datetime) -> ImportJob:
    """Save the job. A repeat returns the job that was saved first."""
    job = ImportJob(IMPORTS_ID, str(ULID.from_str(job_id)), by=by, requested_at=now, change=change)
    try:
        job.save(condition=ImportJob.item_id.does_not_exist())
    except PutError as error:
        if not is_condition_failure(error):
            raise
        job = find_import(job_id)
        if job.change is None:
            raise Conflict("Select the products again: this form is not valid.") from error
    return job


def is_started(job_id: str) -> bool:
    try:
        return find_import(job_id).state != ImportState.PENDING
    except NotFound:
        return False


def selection_file(selection: Iterable[tuple[str, int]]) -> bytes:
    """The slug and expected version of each product, as a CSV file."""
    return write_csv(("slug", "version"), list(selection)).encode()


def parse_selected(group: ProductRows, change: BulkChange) -> ProductEdit:
    """The edit of a selected product; raises ``InvalidRows``."""
    first = group.rows[0]
    if group.product is None:
        raise InvalidRows([RowError(first.number, "slug", DELETED)])
    try:
        return change.edit_of(group.product, expected_version=int(first.cells["version"]))
    except DoesNotFit as error:
        raise InvalidRows([RowError(first.number, "", f"The product {error}.")]) from error
