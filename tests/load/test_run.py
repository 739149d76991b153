from app.verification import Deed
from tests.load.recorder import Noted
from tests.load.records import Pressed
from tests.load.run import audited, deeds
from tests.unit.app.verification.consistent_snapshot import (
    SHIPPED,
    books,
    books_at_rest,
    with_an_open_order,
)

PRESSED = [
    Pressed("place", SHIPPED, "form-1", 80),
    Pressed("cancel", SHIPPED, SHIPPED, 20, said_yes=False),
]


def test_the_auditor_hears_what_people_were_told() -> None:
    assert deeds(Noted(pressed=PRESSED)) == [
        Deed("place", "form-1", "yes", SHIPPED),
        Deed("cancel", SHIPPED, "no", SHIPPED),
    ]


def test_a_run_at_rest_is_held_to_all_that_must_hold_at_rest() -> None:
    fields = books_at_rest()
    assert audited(Noted(), books(fields), 0).breaches == []

    fields["ledger"] = fields["ledger"][1:]

    assert [it.invariant for it in audited(Noted(), books(fields), 0).breaches] == ["E3"]


def test_orders_that_are_being_packed_are_no_breach_and_late_ones_are() -> None:
    fields = with_an_open_order(books_at_rest())
    for row in fields["orders"]:
        row["due_at"] = "2999-01-01T00:00:00+00:00"
    assert audited(Noted(), books(fields), 0).breaches == []

    for row in fields["orders"]:
        row["due_at"] = "2020-01-01T00:00:00+00:00"

    assert [it.invariant for it in audited(Noted(), books(fields), 0).breaches] == ["L1"]
