"""Steps "Review" and "Apply review decision": wait for a merchant, then act on the decision."""

from typing import Any

from app import clock
from app.aws.step_functions import resume_with_token
from app.observability.lambda_context import inject_lambda_context
from app.orders.next_step import next_step
from app.orders.review import expire_review, request_review
from workflow.steps import step_result, traced_step


@inject_lambda_context
@traced_step
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Request a review if there is a task token, else apply the decision or the timeout."""
    now = clock.now()
    if "task_token" not in event:
        return step_result("review_decision", expire_review(event["order_id"], now=now))
    order = request_review(event["order_id"], event["task_token"], now=now)
    if next_step(order) != "review":
        resume_with_token(event["task_token"])  # decided or cancelled before the workflow waited
    return step_result("review", order)
