"""The runs of an order's workflow: start the next one when the last has ended."""

from app.aws.step_functions import is_running, start_fulfillment
from app.orders.models import Order
from app.orders.reconciliation import start_next_run


def ensure_workflow_runs(order: Order) -> bool:
    """Start the workflow of an open order unless it is running. Returns whether it was started.

    One DescribeExecution and at most one StartExecution, however many runs have failed.
    """
    running = is_running(order.order_id, order.current_run)
    if running is None:  # counted, but never started
        return start_fulfillment(order.order_id, run=order.current_run)
    return False if running else start_run_after(order)


def start_run_after(order: Order) -> bool:
    """Start the run that follows the order's present one, which has ended.

    Returns False if another caller has counted the run, or the order is closed.
    """
    run = start_next_run(order)
    return run is not None and start_fulfillment(order.order_id, run=run)
