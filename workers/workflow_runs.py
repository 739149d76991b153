"""The runs of an order's workflow: start the next one when the last has ended."""

from app.aws.step_functions import is_running, start_fulfillment
from app.observability.spans import span
from app.orders.models import Order
from app.orders.reconciliation import start_next_run


def ensure_workflow_runs(order: Order) -> bool:
    """Start the workflow of an open order unless it is running. Returns whether it was started.

    One DescribeExecution and at most one StartExecution, however many runs have failed. Returns
    False also if another caller has counted the next run, or the order is closed.
    """
    is_run_running = is_running(order.order_id, order.current_run)
    if is_run_running:
        return False
    with span(order.order_id, "restart workflow", kind="PRODUCER"):
        if is_run_running is None:  # counted, but never started
            return start_fulfillment(order.order_id, run=order.current_run)
        run = start_next_run(order)
        return run is not None and start_fulfillment(order.order_id, run=run)
