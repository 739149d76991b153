import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from app.errors import NotFound
from app.orders.cancellation import cancel
from app.orders.models import Order
from app.orders.review import decide, review_of
from app.orders.transitions import find_order
from app.payments.gateway import GatewayUnavailable
from infra.build.bundles import ROOT
from infra.local.cloud import LocalCloud
from tests.builders import NOON, ALongTime, a_large_order, a_product, an_order, an_order_that_is
from tests.fake_clouds import told
from tests.invariants import assert_all_is_well
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


def done(step: Step, order: Order, **others: str) -> str:
    answer = step({"order_id": order.order_id} | others, ALongTime())
    following: str = answer["next"]
    return following


def test_a_card_that_works_leads_to_packing_until_a_moment_that_aws_can_read() -> None:
    with told(packing_seconds="20"):
        answer = charge.handler({"order_id": an_order().order_id}, ALongTime())

    assert answer["next"] == "pack"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", answer["packing_until"])


def test_the_wait_never_ends_before_the_order_may_go() -> None:
    order = an_order()
    answer = charge.handler({"order_id": order.order_id}, ALongTime())

    until = find_order(order.order_id).packing_until
    assert until
    waited = datetime.fromisoformat(answer["packing_until"])
    assert until <= waited <= until + timedelta(milliseconds=2)


def test_a_declined_card_is_an_answer_and_no_failure() -> None:
    assert done(charge.handler, an_order(payment_method="pm_declined")) == "release"


def test_a_provider_that_does_not_answer_is_a_failure_that_is_tried_again() -> None:
    order = an_order(payment_method="pm_needs_two_attempts")

    with pytest.raises(GatewayUnavailable):
        done(charge.handler, order)

    assert done(charge.handler, order) == "pack"


def test_a_large_order_is_sent_to_review_and_its_token_is_kept() -> None:
    order = a_large_order(now=datetime.now(UTC))

    assert done(charge.handler, order) == "review"
    assert done(review.handler, order, task_token="token-1") == "review"

    kept = review_of(order.order_id)
    assert kept
    assert kept.task_token == "token-1"


def test_review_concludes_with_what_the_row_says() -> None:
    order = an_order_that_is("reviewing")
    assert done(review.handler, order) == "review"

    decide(order.order_id, "approved", "bo@hearth.example", "", now=NOON)
    assert done(review.handler, order) == "charge"


def test_a_review_decided_while_nobody_waited_wakes_the_workflow_that_asks_again(
    tables: LocalCloud,
) -> None:
    order = cancel(an_order_that_is("reviewing").order_id, now=NOON)

    assert done(review.handler, order, task_token="nobody's") == "done"


def test_a_packed_order_is_shipped_and_done() -> None:
    with told(packing_seconds="0"):
        order = an_order()
        done(charge.handler, order)

    assert done(ship.handler, order) == "done"
    assert find_order(order.order_id).status == "shipped"


def test_an_order_that_is_still_packed_goes_back_to_waiting() -> None:
    assert done(ship.handler, an_order_that_is("paid")) == "pack"


def test_the_way_back_is_refund_then_release_then_done() -> None:
    product = a_product()
    order = cancel(an_order_that_is("paid", product).order_id, now=NOON)

    assert done(ship.handler, order) == "refund"
    assert done(refund.handler, order) == "release"
    assert done(release.handler, order) == "done"
    assert_all_is_well(order.order_id, product)


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("status", ["shipped", "declined", "cancelled"])
def test_no_step_moves_an_order_that_is_closed(name: str, status: str) -> None:
    order = an_order_that_is(status)

    assert done(STEPS[name], order) == "done"
    assert find_order(order.order_id).moved_at == order.moved_at


@pytest.mark.parametrize("name", STEPS)
def test_a_step_for_an_order_that_is_not_there_fails_at_once(name: str) -> None:
    with pytest.raises(NotFound):
        STEPS[name]({"order_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, ALongTime())


def test_what_else_is_passed_along_is_not_believed() -> None:
    order = an_order()

    assert done(ship.handler, order, status="paid", packing_until="2000-01-01") == "charge"
    assert find_order(order.order_id).status == "placed"


def test_a_step_that_failed_for_good_asks_a_person() -> None:
    order = an_order_that_is("paying")
    failed = {"order_id": order.order_id, "failed": "Charge", "error": "States.Timeout"}

    open_issue.handler(failed, ALongTime())

    opened = find_order(order.order_id).case
    assert opened
    assert opened.reason == "The step Charge did not succeed: States.Timeout."


def test_a_step_logs_the_order_and_nobodys_name(capfd: pytest.CaptureFixture[str]) -> None:
    order = an_order()

    done(charge.handler, order)

    (line,) = (json.loads(line) for line in capfd.readouterr().err.splitlines())
    assert line == {"log": "charge", "order_id": order.order_id, "status": "paid", "next": "pack"}


def states() -> dict[str, dict[str, Any]]:
    definition = yaml_parse((ROOT / "workflow/fulfill_order.asl.yaml").read_text())
    found: dict[str, dict[str, Any]] = definition["States"]
    return found


TASKS = [name for name, state in states().items() if state["Type"] == "Task"]


@pytest.mark.parametrize("name", TASKS)
def test_every_task_has_a_time_limit_retries_and_somewhere_to_go_when_all_fails(name: str) -> None:
    task = states()[name]

    assert task["TimeoutSeconds"]
    assert task["Retry"][0]["MaxAttempts"] == 6
    assert task["Catch"][-1]["ErrorEquals"] == ["States.ALL"]


@pytest.mark.parametrize("name", TASKS)
def test_every_task_is_told_no_more_than_it_needs(name: str) -> None:
    payload = set(states()[name]["Arguments"]["Payload"])

    assert payload <= {"order_id", "task_token", "failed", "error"}


def test_every_answer_of_a_step_has_somewhere_to_go() -> None:
    choice = states()["What next"]
    asked = {re.findall("'(.*)'", it["Condition"])[0] for it in choice["Choices"]}

    assert asked | {choice["Default"].lower()} == {
        *("review", "charge", "pack", "ship", "refund", "release", "done")
    }
