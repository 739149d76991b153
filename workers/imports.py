"""Import worker: processes the CSV files of products that merchants upload."""

from typing import Any

from app import clock
from app.aws.s3 import upload_exists
from app.catalog.imports.jobs import find_import, overdue_imports
from app.catalog.imports.models import UPLOAD_PREFIX, import_key
from app.errors import NotFound
from app.observability.lambda_context import inject_lambda_context
from app.observability.logs import log
from workers.import_uploads import process_upload
from workers.s3_events import is_retried_by_lambda, parse_uploads

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
            outcome = process_upload(job, (is_continued and job.sequencer) or sequencer, context)
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
                outcome = process_upload(job, job.sequencer or NO_SEQUENCER, context)
        except Exception as error:
            outcome = f"failed: {type(error).__name__}"
        log("imports", import_id=job.import_id, outcome=outcome)
