"""Merchants' notes on an order: written once, read by merchants only."""

from datetime import datetime

from pynamodb.exceptions import TransactWriteError

from app.errors import Unacceptable
from app.orders.models import Note
from app.orders.transitions import find_order
from app.persistence.audit_log import note_change
from app.persistence.dynamodb import refused_by_condition, writing_together

MOST_NOTES = 50


def add_note(order_id: str, note_id: str, text: str, *, by: str, now: datetime) -> None:
    """Keep a note with its order. The form minted ``note_id``: sent twice, it is kept once."""
    order = find_order(order_id)
    note = Note(order_id, f"note#{note_id}", text=text, by=by, at=now)
    if len(notes := notes_of(order_id)) >= MOST_NOTES and note.part not in notes:
        raise Unacceptable(f"An order has at most {MOST_NOTES} notes.", field="note")
    try:
        with writing_together() as transaction:
            transaction.save(note, condition=Note.part.does_not_exist())
            what, where = f"Wrote a note on {order.number}", f"/desk/orders/{order_id}"
            note_change(transaction, what, where=where, by=by, now=now)
    except TransactWriteError as error:
        if not refused_by_condition(error):
            raise


def notes_of(order_id: str) -> set[str]:
    rows = Note.query(order_id, Note.part.startswith("note#"), consistent_read=True)
    return {row.part for row in rows}
