"""The console stops, redrives and restarts the workflow of a real order."""

from starlette.applications import Starlette

from app.orders.models import Order
from app.orders.queries import load_order_details
from infra.local.console.workflow_pages import PATH, workflow_pages
from tests.builders import a_product, captured_intents
from tests.fake_clouds import DeployedShop
from tests.integration.journeys.order_polling import (
    entered_states,
    eventually,
    executions_of,
    now,
    override_function_settings,
    place_test_order,
    wait_for_packing,
    wait_for_status,
)
from tests.unit.infra.visitor import Visitor

OWN = {"Sec-Fetch-Site": "same-origin"}


def test_stopped_workflow_is_restarted_and_ships_the_order(shop: DeployedShop) -> None:
    visitor = Visitor(Starlette(routes=workflow_pages(shop.cloud)))
    with override_function_settings(shop, "charge", PACKING_SECONDS="600"):
        order = wait_for_status(place_test_order(a_product()), "paid")
    wait_for_packing(shop, order)
    restart = {"order": order.order_id}
    running = visitor.post(f"{PATH}/restart", data=restart, headers=OWN)

    order.update(actions=[Order.packing_until.set(now())])
    visitor.post(f"{PATH}/{order.order_id}/stop", headers=OWN)
    visitor.post(f"{PATH}/restart", data=restart, headers=OWN)

    assert running.headers["location"] == f"{PATH}/{order.order_id}?outcome=running"
    wait_for_status(order, "shipped")
    stopped, next_run = (
        visitor.get(f"{PATH}/{name}").text for name in (order.order_id, f"{order.order_id}-r2")
    )
    assert 'data-state="Pack" data-outcome="failed"' in stopped
    assert 'data-state="Ship"' in next_run


def test_unknown_order_is_not_restarted(shop: DeployedShop) -> None:
    visitor = Visitor(Starlette(routes=workflow_pages(shop.cloud)))

    answer = visitor.post(f"{PATH}/restart", data={"order": "0" * 26}, headers=OWN)

    assert answer.status_code == 409
    assert "There is no order" in answer.text


def test_redriven_and_restarted_workflow_charges_and_ships_once(shop: DeployedShop) -> None:
    """The payment was captured and the reply lost: a redrive repeats the step beside a new run."""
    visitor = Visitor(Starlette(routes=workflow_pages(shop.cloud)))
    order = place_test_order(a_product(), payment_method="pm_times_out_after_capture")
    eventually(lambda: captured_intents(order))
    visitor.post(f"{PATH}/{order.order_id}/stop", headers=OWN)
    stopped = visitor.get(f"{PATH}/{order.order_id}").text

    redriven = visitor.post(f"{PATH}/{order.order_id}/redrive", headers=OWN)
    visitor.post(f"{PATH}/restart", data={"order": order.order_id}, headers=OWN)

    assert 'data-state="Charge" data-outcome="failed"' in stopped
    assert redriven.headers["location"] == f"{PATH}/{order.order_id}?outcome=redriven"
    wait_for_status(order, "shipped")
    ended = {"SUCCEEDED"}
    eventually(lambda: {*executions_of(shop, order).values()}, lambda it: it == ended)
    assert entered_states(shop, order) == ["Charge", "Pack", "Ship"]
    assert len(captured_intents(order)) == 1
    events = [it.type for it in load_order_details(order.order_id).events]
    assert events == ["order_placed", "order_paid", "order_shipped"]
