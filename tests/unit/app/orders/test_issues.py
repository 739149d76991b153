import pytest

from app.errors import NotFound
from app.orders.compensation import release
from app.orders.issues import open_issue
from app.orders.payment import charge
from app.orders.transitions import find_order
from tests.builders import NOON, PACKED, an_issue, an_order_in_status
from tests.crash_injection import interleave, recorded_calls
from tests.invariants import run_to_completion

pytestmark = pytest.mark.usefixtures("tables")


def test_issue_shows_the_latest_reason_and_since_when_there_is_one() -> None:
    order = an_order_in_status("paying")
    open_issue(order.order_id, an_issue(error="GatewayUnavailable"))

    open_issue(order.order_id, an_issue(error="States.Timeout", since=PACKED))

    issue = find_order(order.order_id).issue
    assert issue == an_issue(error="States.Timeout", since=NOON)


def test_repeated_issue_writes_nothing() -> None:
    order = an_order_in_status("paying")
    open_issue(order.order_id, an_issue())

    with recorded_calls() as calls:
        open_issue(order.order_id, an_issue(since=PACKED))

    assert not any("UpdateItem" in call for call in calls)


def test_next_transition_closes_the_issue() -> None:
    order = an_order_in_status("paying")
    open_issue(order.order_id, an_issue())

    charge(order.order_id, now=NOON)

    assert find_order(order.order_id).issue is None


@pytest.mark.parametrize("status", ["releasing", "refunding"])
def test_issue_is_not_opened_if_the_order_is_closed_concurrently(status: str) -> None:
    order = an_order_in_status(status)

    with interleave(lambda: run_to_completion(order.order_id), before="UpdateItem"):
        open_issue(order.order_id, an_issue())

    assert find_order(order.order_id).issue is None


def test_issue_opened_during_a_transition_is_closed_by_it() -> None:
    order_id = an_order_in_status("releasing").order_id

    def report() -> None:
        open_issue(order_id, an_issue())

    with interleave(report, before="TransactWriteItems"):
        release(order_id, now=NOON)

    assert find_order(order_id).finished
    assert find_order(order_id).issue is None


def test_closed_order_gets_no_issue() -> None:
    order = an_order_in_status("shipped")

    open_issue(order.order_id, an_issue())

    assert find_order(order.order_id).issue is None


def test_issue_of_an_unknown_order_raises_not_found() -> None:
    with pytest.raises(NotFound):
        open_issue("01ARZ3NDEKTSV4RRFFQ69G5FAV", an_issue())
