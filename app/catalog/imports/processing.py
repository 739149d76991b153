"""Taking in a file of products, by the rules of the desk and once, however often it is read.

S3 tells of an upload at least once, in any order, and a function may die at any call. So what
became of a piece is written in the same transaction as the change: a repeat goes on from there.
"""

import hashlib
from datetime import datetime

from pynamodb.exceptions import DoesNotExist, PutError, TransactWriteError
from pynamodb.transactions import TransactWrite

from app.catalog.catalog_cache import whole_catalogue
from app.catalog.imports.jobs import begin, find_import, finish, outcomes, refuse_file
from app.catalog.imports.parsing import HEADING, Group, WrongRows, grouped, repeated_skus, wanted_of
from app.catalog.imports.rows import MOST_ROWS, Became, Import, Outcome, Told, Wrong, outcome_of
from app.catalog.product_drafts import NewProduct
from app.catalog.products import Edit, write_edit
from app.catalog.publishing import taken_by, write_product
from app.csv_io.reader import Row, Unreadable, read_sheet
from app.persistence.dynamodb import refused_by_condition, writing_together

MOST_WRONG = 100  # told of one piece: what became of it has to fit one item of the table
OVERTAKEN = (
    "Somebody has changed this piece since the file was exported. Export it again; or empty the "
    "cell “version” to overwrite what was changed."
)
ANOTHER_FILE = "The file was replaced while we read it. Please send it once more."


def take_in(it: Import, data: bytes, sequencer: str, *, now: datetime) -> str:
    """Add and change what the file says, and tell what became of each row.

    Returns how it ended, for the log. ``sequencer`` names the upload: the first one counts, and a
    second through the same form is "overtaken".
    """
    try:
        rows = read_sheet(data, HEADING, most=MOST_ROWS)
    except Unreadable as wrong:
        refuse_file(it, str(wrong), sequencer=sequencer, now=now)
        return "refused"
    content = hashlib.sha256(data).hexdigest()
    if not begin(it, content=content, sequencer=sequencer, rows=len(rows)):
        return _not_begun(it, sequencer, now)
    _take_in_rows(it, rows, now)
    finish(it, now=now)
    return "done"


def _not_begun(it: Import, sequencer: str, now: datetime) -> str:
    current = find_import(it.import_id)
    if current.settled or current.sequencer != sequencer:
        return "overtaken"
    refuse_file(it, ANOTHER_FILE, sequencer=sequencer, now=now)
    return "refused"


def _take_in_rows(it: Import, rows: list[Row], now: datetime) -> None:
    done = {row for told in outcomes(it.import_id) for row in told.rows}
    repeated = repeated_skus(rows)
    for group in grouped(rows, whole_catalogue(now)):
        if done.isdisjoint(group.numbers):
            _take_in_piece(it, group, repeated, now)


def _take_in_piece(it: Import, group: Group, repeated: dict[int, int], now: datetime) -> None:
    try:
        wanted = wanted_of(group, repeated)
        _write(it, group, wanted, now)
    except WrongRows as refused:
        _tell(it, group, "wrong", refused.wrong)


def _write(it: Import, group: Group, wanted: Edit | NewProduct, now: datetime) -> None:
    if isinstance(wanted, Edit) and not wanted.differences:
        return _tell(it, group, "unchanged")
    slug = wanted.product.slug
    became: Became = "changed" if isinstance(wanted, Edit) else "added"
    outcome = outcome_of(it.import_id, Told(group.numbers, wanted.product.title, slug, became))
    try:
        with writing_together() as transaction:
            _write_piece(transaction, wanted, by=it.by, now=now)
            transaction.save(outcome, condition=Outcome.entry.does_not_exist())
    except TransactWriteError as error:
        if not refused_by_condition(error):
            raise
        if not _told(outcome):
            raise _refused(group, wanted, error) from error
    return None


def _write_piece(
    transaction: TransactWrite, wanted: Edit | NewProduct, *, by: str, now: datetime
) -> None:
    if isinstance(wanted, Edit):
        write_edit(transaction, wanted, by=by, now=now)
    else:
        write_product(transaction, wanted.product, pieces=wanted.pieces, by=by, now=now)


def _refused(group: Group, wanted: Edit | NewProduct, error: TransactWriteError) -> WrongRows:
    first = group.numbers[0]
    if isinstance(wanted, Edit):
        return WrongRows(Wrong(first, "version", OVERTAKEN))
    taken = taken_by(wanted.product, error)
    said = "Another piece has this one already."
    rows = [row for row in group.rows if row.cells.get("sku", "").strip().upper() in taken.skus]
    wrong = [Wrong(row.number, "sku", said) for row in rows]
    return WrongRows(*wrong, *([Wrong(first, "slug", said)] if taken.slug else []))


def _told(outcome: Outcome) -> bool:
    """Whether another run of this import was faster."""
    try:
        Outcome.get(outcome.shelf, outcome.entry, consistent_read=True)
    except DoesNotExist:
        return False
    return True


def _tell(it: Import, group: Group, became: Became, wrong: tuple[Wrong, ...] = ()) -> None:
    slug = group.of.slug if group.of else ""
    told = Told(group.numbers, group.title, slug, became, wrong[:MOST_WRONG])
    try:
        outcome_of(it.import_id, told).save(Outcome.entry.does_not_exist())
    except PutError as error:  # another run of this import was faster
        if not refused_by_condition(error):
            raise
