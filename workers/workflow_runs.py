"""The runs of an order's workflow: start the next one when the last has ended."""

from app.aws.step_functions import start_fulfillment
from app.observability.spans import span
from app.orders.models import Order
from app.orders.reconciliation import start_next_run


def ensure_workflow_runs(order: Order) -> bool:
    """Start the workflow of an open order unless it is running. Returns whether it was restarted.

    At most two StartExecution, however many runs have failed: the first also starts a run that was
    counted and never started. Step Functions refuses it only if that run has ended; then the next
    is counted and started. Returns False also if another caller has counted the next run, or the
    order is closed.
    """
    if start_fulfillment(order.order_id, run=order.current_run):
        return False
    with span(order.order_id, "restart workflow", kind="PRODUCER"):
        run = start_next_run(order)
        return run is not None and start_fulfillment(order.order_id, run=run)
