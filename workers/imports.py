"""Import worker: processes the CSV files of products that merchants upload."""

from typing import Any

from app import clock
from app.aws.s3 import read_upload, upload_exists, upload_size
from app.catalog.imports.jobs import find_import, overdue_imports, reject_file
from app.catalog.imports.models import MAX_FILE_BYTES, UPLOAD_PREFIX, ImportJob, import_key
from app.catalog.imports.processing import process_file
from app.errors import NotFound
from app.observability.lambda_context import inject_lambda_context
from app.observability.logs import log
from workers.s3_events import is_retried_by_lambda, parse_uploads

MAX_FILE_MB = MAX_FILE_BYTES // 2**20
FILE_TOO_LARGE = f"The file is larger than {MAX_FILE_MB} MB. Split it into several files."
FILE_EMPTY = "The file is empty. Choose a file with a first row that names the columns."
MIN_REMAINING_MS = 120_000  # with less time left, no other file is started
NO_SEQUENCER = "clock"  # stored for an upload without an S3 notification


@inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> None:
    """Handle an S3 notification, or the schedule, which looks for uploads that were missed."""
    if "Records" not in event:
        process_missed_uploads(context)
        return
    for key, sequencer in parse_uploads(event):
        import_id, _, is_continued = key.removeprefix(f"{UPLOAD_PREFIX}/").partition("/")
        try:
            job = find_import(import_id)
            outcome = _process_upload(job, (is_continued and job.sequencer) or sequencer)
        except NotFound:
            log("imports", outcome="unknown import")
            continue
        except Exception as error:
            if is_retried_by_lambda(event, now=clock.now()):
                raise
            outcome = f"left to the schedule: {type(error).__name__}"
        log("imports", import_id=import_id, outcome=outcome)


def process_missed_uploads(context: Any) -> None:
    """Process uploads without a notification, or whose processing failed.

    Rows that were processed before are not processed again. A file that fails does not stop the
    others; the next run tries it again.
    """
    for job in overdue_imports(clock.now()):
        if context.get_remaining_time_in_millis() < MIN_REMAINING_MS:
            return
        outcome = "no upload"
        try:
            if upload_exists(import_key(job.import_id)):
                outcome = _process_upload(job, job.sequencer or NO_SEQUENCER)
        except Exception as error:
            outcome = f"failed: {type(error).__name__}"
        log("imports", import_id=job.import_id, outcome=outcome)


def _process_upload(job: ImportJob, sequencer: str) -> str:
    """Check the size before reading the file. Errors of ours are raised, and Lambda retries."""
    if job.is_finished or job.waits_for_merchant:
        return "finished before" if job.is_finished else "waits for the merchant"
    key, now = import_key(job.import_id), clock.now()
    if refusal := _size_refusal(upload_size(key)):
        reject_file(job, refusal, sequencer=sequencer, now=now)
        return "rejected"
    return process_file(job, read_upload(key), sequencer, now=now)


def _size_refusal(size: int) -> str:
    if size > MAX_FILE_BYTES:
        return FILE_TOO_LARGE
    return "" if size else FILE_EMPTY
