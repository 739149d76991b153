"""`shop restart`: restart the workflow of one order."""

from typing import Annotated

import typer

from app.orders.models import FINAL
from infra.cli.terminal import StackName, find_stack, out
from infra.ops.restart import restart_workflow

OrderId = Annotated[str, typer.Argument(help="Order id, as in the URL of its page.")]


def restart(order: OrderId, stack: StackName = "") -> None:
    """Restart the workflow of an order now.

    Stuck orders are restarted automatically, at the latest after 15 minutes. Safe to repeat:
    nothing happens while the workflow runs, or when the order is closed.
    """
    result = restart_workflow(find_stack(stack), order)
    if result.status in FINAL:
        out.print(f"The order is {result.status}; its workflow has ended.")
    elif result.started:
        out.print(f"Started {result.execution}; the order is {result.status}.", soft_wrap=True)
    else:
        out.print(f"{result.execution} is running; the order is {result.status}.", soft_wrap=True)
