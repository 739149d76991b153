"""One uploaded file: check its size, process it, and continue it in the next invocation."""

from typing import Any

from app import clock
from app.aws.s3 import put_upload, read_upload, upload_size
from app.catalog.imports.jobs import reject_file
from app.catalog.imports.models import MAX_FILE_BYTES, ImportJob, continuation_key, import_key
from app.catalog.imports.processing import CONTINUED, process_file

MAX_FILE_MB = MAX_FILE_BYTES // 2**20
FILE_TOO_LARGE = f"The file is larger than {MAX_FILE_MB} MB. Split it into several files."
FILE_EMPTY = "The file is empty. Choose a file with a first row that names the columns."
RESERVED_MS = 20_000  # to save the result of the last product and start the next invocation


def process_upload(job: ImportJob, sequencer: str, context: Any) -> str:
    """Check the size before reading the file. Errors of ours are raised, and Lambda retries.

    A file that takes longer than this invocation is continued in the next one, which an empty
    object starts. Lambda ends a loop after 16 such invocations; the schedule continues then.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    """
    if job.is_finished or job.waits_for_merchant:
        return "finished before" if job.is_finished else "waits for the merchant"
    key, now = import_key(job.import_id), clock.now()
    if refusal := _size_refusal(upload_size(key)):
        reject_file(job, refusal, sequencer=sequencer, now=now)
        return "rejected"
    outcome = process_file(
        job,
        read_upload(key),
        sequencer,
        now=now,
        has_time=lambda: context.get_remaining_time_in_millis() > RESERVED_MS,
    )
    if outcome == CONTINUED:
        put_upload(continuation_key(job.import_id))
    return outcome


def _size_refusal(size: int) -> str:
    if size > MAX_FILE_BYTES:
        return FILE_TOO_LARGE
    return "" if size else FILE_EMPTY
