"""Order notes: internal notes that merchants write and only merchants see."""

from datetime import datetime

from pynamodb.exceptions import TransactWriteError

from app.errors import Conflict, ValidationFailed
from app.orders.models import Note
from app.orders.transitions import find_order
from app.persistence.audit_log import record_change
from app.persistence.dynamodb import is_condition_failure, retrying_transaction

MAX_NOTES = 50


def add_note(order_id: str, note_id: str, text: str, *, by: str, now: datetime) -> None:
    """Save a note. Idempotent by ``note_id``, which the form generated.

    Raises ``Conflict`` if another text was saved under the same id.
    """
    order = find_order(order_id)
    note = Note(order_id, f"note#{note_id}", text=text, by=by, at=now)
    if len(notes := note_ids(order_id)) >= MAX_NOTES and note.part not in notes:
        raise ValidationFailed(f"An order has at most {MAX_NOTES} notes.", field="note")
    try:
        with retrying_transaction() as transaction:
            transaction.save(note, condition=Note.part.does_not_exist())
            what, where = f"Wrote a note on {order.number}", f"/admin/orders/{order_id}"
            record_change(transaction, what, path=where, by=by, now=now)
    except TransactWriteError as error:
        if not is_condition_failure(error):
            raise
        if Note.get(order_id, note.part, consistent_read=True).text != text:
            message = "This form has already saved another note. Save again to add this one too."
            raise Conflict(message) from error


def note_ids(order_id: str) -> set[str]:
    rows = Note.query(order_id, Note.part.startswith("note#"), consistent_read=True)
    return {row.part for row in rows}
