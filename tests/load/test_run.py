from app.verification import RecordedResponse
from tests.load.recorder import Recording
from tests.load.records import ActionRecord
from tests.load.run import recorded_responses, verify_run
from tests.unit.app.verification.consistent_snapshot import (
    SHIPPED,
    add_open_order,
    settled_fields,
    snapshot_of,
)

ACTIONS = [
    ActionRecord("place", SHIPPED, "form-1", 80),
    ActionRecord("cancel", SHIPPED, SHIPPED, 20, accepted=False),
]


def test_recorded_responses_are_the_shops_answers_to_visitors() -> None:
    assert recorded_responses(Recording(actions=ACTIONS)) == [
        RecordedResponse("place", "form-1", "accepted", SHIPPED),
        RecordedResponse("cancel", SHIPPED, "refused", SHIPPED),
    ]


def test_settled_data_is_checked_against_every_rule() -> None:
    fields = settled_fields()
    assert verify_run(Recording(), snapshot_of(fields), 0).violations == []

    fields["ledger"] = fields["ledger"][1:]

    assert [it.rule for it in verify_run(Recording(), snapshot_of(fields), 0).violations] == ["E3"]


def test_an_open_order_is_a_violation_only_when_it_is_overdue() -> None:
    fields = add_open_order(settled_fields())
    for row in fields["orders"]:
        row["next_check_at"] = "2999-01-01T00:00:00+00:00"
    assert verify_run(Recording(), snapshot_of(fields), 0).violations == []

    for row in fields["orders"]:
        row["next_check_at"] = "2020-01-01T00:00:00+00:00"

    assert [it.rule for it in verify_run(Recording(), snapshot_of(fields), 0).violations] == ["L1"]
