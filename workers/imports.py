"""Take in a file of products that a merchant uploaded, and tell what became of its rows."""

from typing import Any

from app import clock
from app.aws.s3 import read_upload, uploaded, uploaded_size
from app.catalog.imports.jobs import find_import, overdue, refuse_file
from app.catalog.imports.processing import take_in
from app.catalog.imports.rows import INCOMING, LARGEST_FILE, Import, import_key
from app.errors import NotFound
from app.observability.logs import log
from workers.s3_events import uploads_in

TOO_LARGE = f"The file is larger than {LARGEST_FILE // 2**20} MB. Please send it in parts."
LONG_ENOUGH = 120_000  # milliseconds; with less left no other file is begun
BY_THE_CLOCK = "clock"  # the sequencer of what S3 did not tell us of


def handler(notice: dict[str, Any], context: Any) -> None:
    """Told by S3 of uploads; told by the clock, to look for those it has not been told of."""
    if "Records" not in notice:
        read_what_was_missed(context)
        return
    for key, sequencer in uploads_in(notice):
        try:
            it = find_import(key.removeprefix(f"{INCOMING}/"))
        except NotFound:
            log("imports", outcome="not a file we asked for")
            continue
        log("imports", file=it.import_id, outcome=_read(it, sequencer))


def read_what_was_missed(context: Any) -> None:
    """One that never came, or that failed thrice; what it had done already is not done again."""
    for it in overdue(clock.now()):
        if context.get_remaining_time_in_millis() < LONG_ENOUGH:
            return
        there = uploaded(import_key(it.import_id))
        outcome = _read(it, it.sequencer or BY_THE_CLOCK) if there else "absent"
        log("imports", file=it.import_id, outcome=outcome)


def _read(it: Import, sequencer: str) -> str:
    """The size is asked first. Whatever is wrong with our side is raised, and tried again."""
    if it.settled:
        return "settled before"
    key, now = import_key(it.import_id), clock.now()
    if uploaded_size(key) > LARGEST_FILE:
        refuse_file(it, TOO_LARGE, sequencer=sequencer, now=now)
        return "refused"
    return take_in(it, read_upload(key), sequencer, now=now)
