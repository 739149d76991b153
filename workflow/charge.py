"""Step "Charge": capture the payment, unless the order needs a review first."""

from typing import Any

from app import clock
from app.observability.lambda_context import inject_lambda_context
from app.orders.payment import charge
from workflow.steps import step_result, traced_step


@inject_lambda_context
@traced_step
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return step_result("charge", charge(event["order_id"], now=clock.now()))
