"""Step "Open issue": report an order that the workflow cannot finish to the merchants."""

from typing import Any

from app import clock
from app.observability.lambda_context import inject_lambda_context
from app.observability.logs import log
from app.orders.issues import open_issue
from app.orders.models import IssueReason, OrderIssue
from workflow.steps import traced_step


@inject_lambda_context
@traced_step
def handler(event: dict[str, Any], context: object) -> None:
    step, error = event["failed"], event["error"]
    issue = OrderIssue(
        IssueReason.STEP_FAILED, since=clock.now(), by="workflow", step=step, error=error
    )
    open_issue(event["order_id"], issue)
    log("issue_opened", order_id=event["order_id"], failed=step, error=error)
