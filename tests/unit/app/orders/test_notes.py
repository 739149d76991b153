import pytest
from ulid import ULID

from app.errors import Conflict, NotFound, ValidationFailed
from app.orders.notes import MAX_NOTES, add_note
from app.orders.queries import load_order_details
from tests.builders import NOON, PACKED, an_order, audit_log_entries

pytestmark = pytest.mark.usefixtures("tables")

ANNA = "anna@hearth.example"


def test_other_text_under_the_same_id_is_refused() -> None:
    order, note_id = an_order(), str(ULID())
    add_note(order.order_id, note_id, "Called back.", by=ANNA, now=NOON)

    with pytest.raises(Conflict, match="Save again"):
        add_note(order.order_id, note_id, "Called again.", by=ANNA, now=NOON)

    assert [note.text for note in load_order_details(order.order_id).notes] == ["Called back."]


def test_note_has_author_and_time() -> None:
    order = an_order()

    add_note(order.order_id, str(ULID()), "Called, sends a new address.", by=ANNA, now=PACKED)

    (note,) = load_order_details(order.order_id).notes
    assert (note.text, note.by, note.at) == ("Called, sends a new address.", ANNA, PACKED)


def test_repeated_note_is_saved_once() -> None:
    order, note_id = an_order(), str(ULID())

    for _ in range(2):
        add_note(order.order_id, note_id, "First.", by=ANNA, now=NOON)

    assert [note.text for note in load_order_details(order.order_id).notes] == ["First."]


def test_note_is_recorded_in_the_audit_log() -> None:
    order = an_order()

    add_note(order.order_id, str(ULID()), "A secret.", by=ANNA, now=NOON)

    (entry,) = audit_log_entries(f"/admin/orders/{order.order_id}")
    assert (entry.by, entry.summary) == (ANNA, f"Wrote a note on {order.number}")
    assert "secret" not in entry.summary


def test_note_on_an_unknown_order_raises_not_found() -> None:
    with pytest.raises(NotFound):
        add_note(str(ULID()), str(ULID()), "Hello?", by=ANNA, now=NOON)


def test_number_of_notes_is_limited() -> None:
    order = an_order()
    for number in range(MAX_NOTES):
        add_note(order.order_id, str(ULID()), f"Note {number}.", by=ANNA, now=NOON)

    with pytest.raises(ValidationFailed):
        add_note(order.order_id, str(ULID()), "One too many.", by=ANNA, now=NOON)
