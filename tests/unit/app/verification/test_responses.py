"""A "no" is verified as strictly as a "yes": what was refused must not have happened."""

import json

import pytest

from app.verification import RecordedResponse, Snapshot, check_invariants
from tests.unit.app.verification.consistent_snapshot import an_order

ORDER, STREET, OTHER_STREET = "01ORDER", "12 Kiln Row", "14 Kiln Row"
ADDRESS = json.dumps({"street": STREET, "country": "DE"})


def broken_rules(response: RecordedResponse, status: str, **attributes: object) -> set[str]:
    order = an_order(ORDER, status, "order_placed", address=ADDRESS, **attributes)
    snapshot = Snapshot(orders=order, responses=[response])
    rules = {violation.rule for violation in check_invariants(snapshot)}
    return rules & {"A1", "A2", "A3", "A4", "A5", "C1", "C2"}


def placing(outcome: str, *, existed: bool, street: str = STREET) -> RecordedResponse:
    return RecordedResponse("place", ORDER, outcome, ORDER, "", existed, street)  # type: ignore[arg-type]


def cancelling(outcome: str, *, existed: bool = True) -> RecordedResponse:
    return RecordedResponse("cancel", ORDER, outcome, ORDER, existed=existed)  # type: ignore[arg-type]


def test_refused_although_the_order_is_placed() -> None:
    assert broken_rules(placing("refused", existed=True), "placed") == {"A4"}


def test_refused_before_the_order_was_placed_by_a_later_request() -> None:
    assert broken_rules(placing("refused", existed=False), "placed") == set()


def test_refused_because_the_order_was_placed_with_another_address() -> None:
    response = placing("refused", existed=True, street=OTHER_STREET)

    assert broken_rules(response, "placed") == set()


def test_accepted_although_the_order_has_another_address() -> None:
    response = placing("accepted", existed=True, street=OTHER_STREET)

    assert broken_rules(response, "placed") == {"A5"}


@pytest.mark.parametrize("status", ["placed", "reviewing", "paying", "paid"])
def test_cancellation_refused_although_it_is_possible(status: str) -> None:
    assert broken_rules(cancelling("refused"), status) == {"C2"}


@pytest.mark.parametrize("status", ["shipping", "refunding", "declined"])
def test_cancellation_refused_in_time(status: str) -> None:
    assert broken_rules(cancelling("refused"), status) == set()


def test_cancellation_refused_although_the_order_is_cancelled() -> None:
    reason = {"close_reason": "customer_request"}

    assert broken_rules(cancelling("refused"), "cancelled", **reason) == {"C2"}


def test_cancellation_of_an_order_that_was_placed_later() -> None:
    assert broken_rules(cancelling("refused", existed=False), "placed") == set()


def test_address_of_an_erased_order_is_not_compared() -> None:
    response = placing("accepted", existed=True, street=OTHER_STREET)

    assert broken_rules(response, "placed", erasure="complete") == set()
