"""Step "Release": release the reserved stock and close the order."""

from typing import Any

from app import clock
from app.observability.lambda_context import inject_lambda_context
from app.orders.compensation import release
from workflow.steps import step_result, traced_step


@inject_lambda_context
@traced_step
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return step_result("release", release(event["order_id"], now=clock.now()))
