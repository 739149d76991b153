import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from app.clock import use_clock
from app.errors import NotFound
from app.orders.cancellation import cancel_order
from app.orders.models import Order
from app.orders.review import decide_review, find_review
from app.orders.transitions import find_order
from app.payments.gateway import GatewayUnavailable
from infra.build.bundles import ROOT
from tests.builders import (
    NOON,
    LambdaContextStub,
    a_large_order,
    a_product,
    an_order,
    an_order_in_status,
)
from tests.crash_injection import recorded_calls
from tests.fake_clouds import override_settings
from tests.invariants import assert_invariants
from workflow import charge, open_issue, refund, release, review, ship

pytestmark = pytest.mark.usefixtures("tables")

type Step = Callable[[dict[str, Any], object], dict[str, Any]]
STEPS: dict[str, Step] = {
    "charge": charge.handler,
    "refund": refund.handler,
    "release": release.handler,
    "review": review.handler,
    "ship": ship.handler,
}


def run_step(step: Step, order: Order, **others: str) -> str:
    result = step({"order_id": order.order_id} | others, LambdaContextStub())
    following: str = result["next"]
    return following


def test_charge_step_returns_the_seconds_that_packing_takes() -> None:
    with override_settings(packing_seconds="20"):
        result = charge.handler({"order_id": an_order().order_id}, LambdaContextStub())

    assert result == {"next": "pack", "wait_seconds": 20}


@pytest.mark.parametrize("seconds", [0.001, 1, 1.001, 300, 1799.5])
def test_pack_wait_is_never_shorter_than_packing_by_the_clock_of_the_step(seconds: float) -> None:
    order = an_order_in_status("paid")
    assert order.packing_until
    now = order.packing_until - timedelta(seconds=seconds)

    with use_clock(lambda: now):
        result = ship.handler({"order_id": order.order_id}, LambdaContextStub())

    assert result["next"] == "pack"
    assert type(result["wait_seconds"]) is int
    assert seconds <= result["wait_seconds"] < seconds + 1


def test_declined_card_is_a_result_and_not_an_error() -> None:
    assert run_step(charge.handler, an_order(payment_method="pm_declined")) == "release"


def test_provider_timeout_is_raised_so_that_the_step_is_retried() -> None:
    order = an_order(payment_method="pm_needs_two_attempts")

    with pytest.raises(GatewayUnavailable):
        run_step(charge.handler, order)

    assert run_step(charge.handler, order) == "pack"


def test_large_order_goes_to_review_and_its_task_token_is_stored() -> None:
    order = a_large_order(now=datetime.now(UTC))

    assert run_step(charge.handler, order) == "review"
    assert run_step(review.handler, order, task_token="token-1") == "review"

    review_row = find_review(order.order_id)
    assert review_row
    assert review_row.task_token == "token-1"


def test_review_step_without_token_applies_the_decision() -> None:
    order = an_order_in_status("reviewing")
    assert run_step(review.handler, order) == "review"

    decide_review(order.order_id, "approved", "bo@hearth.example", "", now=NOON)
    assert run_step(review.handler, order) == "charge"


def test_review_step_resumes_at_once_if_the_order_was_cancelled() -> None:
    order = cancel_order(an_order_in_status("reviewing").order_id, now=NOON)

    with recorded_calls() as calls:
        assert run_step(review.handler, order, task_token="unknown") == "done"

    assert [it for it in calls if it.startswith("SendTaskSuccess") and '"unknown"' in it]


def test_review_step_of_an_undecided_order_lets_the_workflow_wait() -> None:
    with recorded_calls() as calls:
        assert run_step(review.handler, a_large_order(), task_token="a token") == "review"

    assert not [it for it in calls if it.startswith("SendTaskSuccess")]


def test_packed_order_is_shipped_and_done() -> None:
    with override_settings(packing_seconds="0"):
        order = an_order()
        run_step(charge.handler, order)

    assert run_step(ship.handler, order) == "done"
    assert find_order(order.order_id).status == "shipped"


def test_ship_step_returns_to_packing_if_it_is_early() -> None:
    assert run_step(ship.handler, an_order_in_status("paid")) == "pack"


def test_compensation_is_refund_then_release_then_done() -> None:
    product = a_product()
    order = cancel_order(an_order_in_status("paid", product).order_id, now=NOON)

    assert run_step(ship.handler, order) == "refund"
    assert run_step(refund.handler, order) == "release"
    assert run_step(release.handler, order) == "done"
    assert_invariants(order.order_id, product)


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("status", ["shipped", "declined", "cancelled"])
def test_no_step_changes_a_closed_order(name: str, status: str) -> None:
    order = an_order_in_status(status)

    assert run_step(STEPS[name], order) == "done"
    assert find_order(order.order_id).status_changed_at == order.status_changed_at


@pytest.mark.parametrize("name", STEPS)
def test_step_for_an_unknown_order_raises_not_found(name: str) -> None:
    with pytest.raises(NotFound):
        STEPS[name]({"order_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, LambdaContextStub())


def test_step_ignores_other_input_than_the_order_id() -> None:
    order = an_order()

    assert run_step(ship.handler, order, status="paid", wait_seconds="0") == "charge"
    assert find_order(order.order_id).status == "placed"


def test_open_issue_step_stores_the_failed_step_and_error() -> None:
    order = an_order_in_status("paying")
    failed = {"order_id": order.order_id, "failed": "Charge", "error": "States.Timeout"}

    open_issue.handler(failed, LambdaContextStub())

    issue = find_order(order.order_id).issue
    assert issue
    assert (issue.reason, issue.step, issue.error) == ("step_failed", "Charge", "States.Timeout")


def test_step_logs_the_order_id_and_no_personal_data(capfd: pytest.CaptureFixture[str]) -> None:
    order = an_order()

    run_step(charge.handler, order)

    line, span = (json.loads(line) for line in capfd.readouterr().err.splitlines()[-2:])
    assert (span["span"]["name"], span["correlation_id"]) == ("charge", order.order_id)
    assert span["span"]["attributes"] == {"code.file.path": "workflow/charge.py"}
    assert (line["message"], line["correlation_id"]) == ("charge", order.order_id)
    assert (line["status"], line["next"]) == ("paid", "pack")


def states() -> dict[str, dict[str, Any]]:
    definition = yaml_parse((ROOT / "workflow/fulfill_order.asl.yaml").read_text())
    by_name: dict[str, dict[str, Any]] = definition["States"]
    return by_name


TASKS = [name for name, state in states().items() if state["Type"] == "Task"]


@pytest.mark.parametrize("name", TASKS)
def test_every_task_has_a_timeout_retries_and_a_catch_all(name: str) -> None:
    task = states()[name]

    assert task["TimeoutSeconds"]
    assert task["Retry"][0]["MaxAttempts"] == 6
    assert task["Catch"][-1]["ErrorEquals"] == ["States.ALL"]


@pytest.mark.parametrize("name", TASKS)
def test_every_task_gets_only_the_input_it_needs(name: str) -> None:
    payload = set(states()[name]["Arguments"]["Payload"])

    assert payload <= {"order_id", "traceparent", "task_token", "failed", "error"}


def targets(name: str) -> dict[str, str]:
    """The next state of each condition of a Choice; the default has an empty text."""
    choice = states()[name]
    by_step = {re.findall("'(.*)'", it["Condition"])[0]: it["Next"] for it in choice["Choices"][1:]}
    return by_step | {"": choice["Default"]}


def test_every_next_step_has_a_route() -> None:
    steps = ("review", "charge", "pack", "ship", "refund", "release", "done")

    assert {*targets("Route"), targets("Route")[""].lower()} - {""} == {*steps}


@pytest.mark.parametrize("name", [it for it in states() if it.startswith("After ")])
def test_step_that_is_no_later_one_follows_after_a_pause(name: str) -> None:
    assert states()[name]["Default"] == "Pause"
    assert states()["Pause"]["Next"] == "Route"


def test_review_that_cannot_be_requested_is_retried_and_then_an_issue() -> None:
    review_state = states()["Review"]

    assert review_state["Retry"][1]["ErrorEquals"] == ["States.TaskFailed"]
    assert [(it["ErrorEquals"], it["Next"]) for it in review_state["Catch"]] == [
        (["States.Timeout"], "Apply review decision"),
        (["States.ALL"], "Open issue"),
    ]
