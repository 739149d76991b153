"""Import jobs and bulk edits: creating and finding them, and recording how far they are."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from pynamodb.exceptions import DoesNotExist, PutError, UpdateError
from pynamodb.expressions.condition import Condition
from ulid import ULID

from app.catalog.bulk_edit import BulkChange
from app.catalog.imports.models import (
    IMPORTS_ID,
    MAX_ROW_NUMBER,
    ColumnMapping,
    ImportJob,
    ImportResult,
    ImportState,
    Preview,
    ProductResult,
    SourceColumn,
    result_key,
)
from app.csv_io.escaping import write_csv
from app.errors import Conflict, NotFound
from app.persistence.dynamodb import is_condition_failure

PAGE_SIZE = 20
MAPPING_TIMEOUT = timedelta(hours=24)
TOO_LATE = "This file was uploaded more than a day ago. Upload it again."
OPEN = (ImportState.PENDING, ImportState.CHECKING, ImportState.CONFIRMED, ImportState.PROCESSING)


def create_import(*, by: str, now: datetime) -> ImportJob:
    job = ImportJob(IMPORTS_ID, str(ULID()), by=by, requested_at=now)
    job.save(condition=ImportJob.item_id.does_not_exist())
    return job


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


def find_import(import_id: str) -> ImportJob:
    try:
        return ImportJob.get(IMPORTS_ID, str(ULID.from_str(import_id)), consistent_read=True)
    except (DoesNotExist, ValueError):
        raise NotFound("There is no such import.") from None


def recent_imports() -> list[ImportJob]:
    return list(ImportJob.query(IMPORTS_ID, scan_index_forward=False, limit=PAGE_SIZE))


def overdue_imports(now: datetime) -> list[ImportJob]:
    """Jobs of the last two days that timed out: S3's notification was lost, or processing failed.

    That is longer than an outage of a day. Older files would overwrite newer prices.
    """
    since = ImportJob.item_id > str(ULID.from_datetime(now - timedelta(days=2)))
    jobs = ImportJob.query(IMPORTS_ID, since, consistent_read=True)
    open_jobs = (job for job in jobs if not job.is_finished and not job.waits_for_merchant)
    return [job for job in open_jobs if not job.is_in_progress(now)]


def product_results(import_id: str, *, limit: int | None = None) -> list[ProductResult]:
    return list(iter_results(import_id, limit=limit))


def iter_results(
    import_id: str, *, after: int = 0, limit: int | None = None
) -> Iterator[ProductResult]:
    """The results of the rows after this one, in order of the rows. None of them ever changes."""
    later = ImportResult.item_id > result_key(after)
    items = ImportResult.query(f"import#{import_id}", later, consistent_read=True, limit=limit)
    return (item.result for item in items)


def count_rows(job: ImportJob, *, upto: int = MAX_ROW_NUMBER) -> dict[str, int]:
    """The rows by outcome: those of the checkpoint, and of the results that were saved since."""
    counts = Counter(job.counts)
    results = iter_results(job.import_id, after=job.checkpoint)
    for result in takewhile(lambda it: it.rows[0] <= upto, results):
        counts[result.outcome] += len(result.rows)
    return dict(counts)


def save_checkpoint(job: ImportJob, row: int, *, now: datetime) -> None:
    """Record how far the file is, after all results up to this row were saved.

    A retry continues there, and the report need not read the results before.
    """
    actions = [
        ImportJob.counts.set(count_rows(job, upto=row)),
        ImportJob.checkpoint.set(row),
        ImportJob.checkpoint_at.set(now),
    ]
    _update(job, actions, ImportJob.state == ImportState.PROCESSING)


def start_processing(
    job: ImportJob, *, content: str, sequencer: str, rows: int, note: str = ""
) -> bool:
    """Start, or continue after a crash.

    ``False`` if another upload was first or the job is finished. ``content`` is the file's hash,
    and ``note`` is what the merchant should check.
    """
    is_first = ImportJob.sequencer.does_not_exist()
    is_retry = (ImportJob.sequencer == sequencer) & (ImportJob.content == content)
    actions = [
        ImportJob.state.set(ImportState.PROCESSING),
        ImportJob.content.set(content),
        ImportJob.sequencer.set(sequencer),
        ImportJob.rows.set(rows),
        ImportJob.note.set(note),
    ]
    return _update(job, actions, is_first | is_retry)


def mark_done(job: ImportJob, *, now: datetime) -> bool:
    actions = [
        ImportJob.state.set(ImportState.DONE),
        ImportJob.finished_at.set(now),
        ImportJob.counts.set(count_rows(job)),
        ImportJob.checkpoint.set(MAX_ROW_NUMBER),
    ]
    return _update(job, actions, ImportJob.state == ImportState.PROCESSING)


def reject_file(job: ImportJob, reason: str, *, sequencer: str, now: datetime) -> bool:
    """Reject the file as a whole, with a reason for the merchant."""
    actions = [
        ImportJob.state.set(ImportState.REJECTED),
        ImportJob.reason.set(reason),
        ImportJob.sequencer.set(sequencer),
        ImportJob.finished_at.set(now),
    ]
    is_same_upload = ImportJob.sequencer.does_not_exist() | (ImportJob.sequencer == sequencer)
    return _update(job, actions, is_same_upload)


# --- the columns of another program's file: map, preview, confirm ----------------------------


def request_mapping(
    job: ImportJob, columns: tuple[SourceColumn, ...], *, source: str, upload: dict[str, Any]
) -> bool:
    """Ask the merchant which column is which. ``upload`` identifies the file, as when processed."""
    actions = [getattr(ImportJob, name).set(value) for name, value in upload.items()]
    actions += [ImportJob.columns.set(columns), ImportJob.source.set(source)]
    return _move(job, ImportState.MAPPING, actions, ImportJob.state == ImportState.PENDING)


def choose_mapping(job: ImportJob, mapping: ColumnMapping, *, now: datetime) -> bool:
    """Ask for a preview of this mapping. Raises ``Conflict`` a day after the upload."""
    if now - job.requested_at > MAPPING_TIMEOUT:
        raise Conflict(TOO_LATE)
    actions = [ImportJob.mapping.set(mapping), ImportJob.continued_at.set(now)]
    waits = ImportJob.state.is_in(ImportState.MAPPING, ImportState.PREVIEWED)
    return _move(job, ImportState.CHECKING, [*actions, ImportJob.preview.remove()], waits)


def save_preview(
    job: ImportJob, mapping: ColumnMapping, preview: Preview, images: tuple[str, ...]
) -> bool:
    """``False`` if the merchant has chosen another mapping meanwhile."""
    actions = [ImportJob.preview.set(preview), ImportJob.images.set(images)]
    is_asked = (ImportJob.state == ImportState.CHECKING) & (ImportJob.mapping == mapping)
    return _move(job, ImportState.PREVIEWED, actions, is_asked)


def confirm_import(job: ImportJob, *, now: datetime) -> bool:
    """Import what the preview shows. ``False`` if it is no longer the one that was shown."""
    if now - job.requested_at > MAPPING_TIMEOUT:
        raise Conflict(TOO_LATE)
    is_shown = (ImportJob.state == ImportState.PREVIEWED) & (ImportJob.mapping == job.mapping)
    return _move(job, ImportState.CONFIRMED, [ImportJob.continued_at.set(now)], is_shown)


def _move(job: ImportJob, state: ImportState, actions: list[Any], condition: Condition) -> bool:
    return _update_if(job, [ImportJob.state.set(state), *actions], condition)


def _update(job: ImportJob, actions: list[Any], condition: Condition) -> bool:
    return _update_if(job, actions, ImportJob.state.is_in(*OPEN) & condition)


def _update_if(job: ImportJob, actions: list[Any], condition: Condition) -> bool:
    """One conditional update, so that a repeat has no further effect."""
    try:
        job.update(actions=actions, condition=condition)
    except UpdateError as error:
        if is_condition_failure(error):
            return False
        raise
    return True
