"""`shop sandbox-payment`: what people and banks do at the payment provider, with its webhook."""

from enum import StrEnum
from typing import Annotated

import typer
from msgspec.json import encode

from infra.cli.terminal import StackName, find_stack, out
from infra.ops.app_process import run_app_module


class Change(StrEnum):
    CAPTURE = "capture"
    REFUND = "refund"
    DISPUTE = "dispute"
    DISPUTE_WON = "dispute-won"
    DISPUTE_LOST = "dispute-lost"


OrderId = Annotated[str, typer.Argument(help="Order id, as in the URL of its page.")]
ChangeName = Annotated[Change, typer.Argument(help="What happens to the payment.")]


def sandbox_payment(change: ChangeName, order_id: OrderId, stack: StackName = "") -> None:
    """Change a payment at the sandbox provider, which then sends its signed webhook.

    `capture`: the bank charges after all. `refund`: someone refunds in the provider's dashboard.
    `dispute`: the customer disputes the charge.
    """
    payload = encode((change, order_id))
    run_app_module(find_stack(stack), "infra.ops.sandbox_payments", payload)
    out.print(f"{change}: the shop has acknowledged the event.")
