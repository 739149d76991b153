"""Ask a merchant about an order and wait; when the waiting is over, see what came of it."""

from typing import Any

from app import clock
from app.aws.step_functions import wake
from app.orders.next_step import next_step
from app.orders.review import ask_for_review, decide_by_the_clock
from workflow.steps import answer


def handler(step: dict[str, Any], _context: object) -> dict[str, Any]:
    """With a task token: ask, and keep the token. Without: conclude, by the clock if need be."""
    now = clock.now()
    if "task_token" not in step:
        return answer("review concluded", decide_by_the_clock(step["order_id"], now=now))
    order = ask_for_review(step["order_id"], step["task_token"], now=now)
    if next_step(order) != "review":
        wake(step["task_token"])  # decided or cancelled while the workflow was not waiting
    return answer("review", order)
