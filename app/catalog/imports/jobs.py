"""Files of products that merchants sent: asked for, found again, and how far each got."""

from datetime import datetime, timedelta
from typing import Any

from pynamodb.exceptions import DoesNotExist, UpdateError
from pynamodb.expressions.condition import Condition
from ulid import ULID

from app.catalog.imports.rows import IMPORTS, Import, ImportState, Outcome, Told
from app.errors import NotFound
from app.persistence.dynamodb import refused_by_condition

PAGE = 20


def ask_for_import(*, by: str, now: datetime) -> Import:
    it = Import(IMPORTS, str(ULID()), by=by, asked_at=now)
    it.save(condition=Import.entry.does_not_exist())
    return it


def find_import(import_id: str) -> Import:
    try:
        return Import.get(IMPORTS, str(ULID.from_str(import_id)), consistent_read=True)
    except (DoesNotExist, ValueError):
        raise NotFound("There is no such import.") from None


def newest_imports() -> list[Import]:
    return list(Import.query(IMPORTS, scan_index_forward=False, limit=PAGE))


def overdue(now: datetime) -> list[Import]:
    """Those of a day that should have been read by now: S3 never told us, or it failed."""
    since = Import.entry > str(ULID.from_datetime(now - timedelta(days=1)))
    found = Import.query(IMPORTS, since, consistent_read=True)
    return [it for it in found if not it.settled and not it.awaited(now)]


def outcomes(import_id: str) -> list[Told]:
    """By row. While the file is read they grow; afterwards they never change."""
    rows = Outcome.query(f"import#{import_id}", consistent_read=True)
    return [row.told for row in rows]


def begin(it: Import, *, content: str, sequencer: str, rows: int) -> bool:
    """Read this file, or go on reading it. False when another upload was first, or it is over."""
    first = Import.sequencer.does_not_exist()
    again = (Import.sequencer == sequencer) & (Import.content == content)
    actions = [
        Import.state.set(ImportState.WORKING),
        Import.content.set(content),
        Import.sequencer.set(sequencer),
        Import.rows.set(rows),
    ]
    return _update(it, actions, first | again)


def finish(it: Import, *, now: datetime) -> bool:
    actions = [Import.state.set(ImportState.DONE), Import.settled_at.set(now)]
    return _update(it, actions, Import.state == ImportState.WORKING)


def refuse_file(it: Import, reason: str, *, sequencer: str, now: datetime) -> bool:
    """The file as a whole will not do: the merchant reads why."""
    actions = [
        Import.state.set(ImportState.REFUSED),
        Import.reason.set(reason),
        Import.sequencer.set(sequencer),
        Import.settled_at.set(now),
    ]
    return _update(it, actions, Import.sequencer.does_not_exist() | (Import.sequencer == sequencer))


def _update(it: Import, actions: list[Any], unless_overtaken: Condition) -> bool:
    open_still = Import.state.is_in(ImportState.WAITING, ImportState.WORKING)
    try:
        it.update(actions=actions, condition=open_still & unless_overtaken)
    except UpdateError as error:
        if refused_by_condition(error):
            return False
        raise
    return True
