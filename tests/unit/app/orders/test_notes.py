import pytest
from ulid import ULID

from app.errors import NotFound, Unacceptable
from app.orders.notes import MOST_NOTES, add_note
from app.orders.queries import story_of
from tests.builders import NOON, PACKED, an_order, noted

pytestmark = pytest.mark.usefixtures("tables")

ANNA = "anna@hearth.example"


def test_a_note_says_who_wrote_it_and_when() -> None:
    order = an_order()

    add_note(order.order_id, str(ULID()), "Called, sends a new address.", by=ANNA, now=PACKED)

    (note,) = story_of(order.order_id).notes
    assert (note.text, note.by, note.at) == ("Called, sends a new address.", ANNA, PACKED)


def test_a_note_sent_twice_is_kept_once_as_it_was_first() -> None:
    order, note_id = an_order(), str(ULID())

    for text in ("First.", "Second."):
        add_note(order.order_id, note_id, text, by=ANNA, now=NOON)

    assert [note.text for note in story_of(order.order_id).notes] == ["First."]


def test_writing_a_note_is_noted_among_the_changes() -> None:
    order = an_order()

    add_note(order.order_id, str(ULID()), "A secret.", by=ANNA, now=NOON)

    (change,) = noted(f"/desk/orders/{order.order_id}")
    assert (change.by, change.what) == (ANNA, f"Wrote a note on {order.number}")
    assert "secret" not in change.what


def test_an_order_that_is_not_there_gets_no_note() -> None:
    with pytest.raises(NotFound):
        add_note(str(ULID()), str(ULID()), "Hello?", by=ANNA, now=NOON)


def test_an_orders_page_does_not_grow_for_ever() -> None:
    order = an_order()
    for number in range(MOST_NOTES):
        add_note(order.order_id, str(ULID()), f"Note {number}.", by=ANNA, now=NOON)

    with pytest.raises(Unacceptable):
        add_note(order.order_id, str(ULID()), "One too many.", by=ANNA, now=NOON)
