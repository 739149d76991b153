"""What an operator reads when a restart fails; the journeys in tests/integration restart orders."""

import json
from io import BytesIO
from typing import Any

import pytest

from infra.ops.deployed_stack import DeployedStack
from infra.ops.restart import Restart, restart_workflow
from infra.user_error import UserError

RECONCILER = {
    "LogicalResourceId": "ReconcileWorkerFunction",
    "PhysicalResourceId": "shop-reconcile",
    "ResourceStatus": "CREATE_COMPLETE",
    "ResourceType": "AWS::Lambda::Function",
}


class Aws:
    """The two AWS calls of a restart; the function answers with ``result``."""

    def __init__(self, result: dict[str, Any], *, failed: bool = False) -> None:
        self._answer: dict[str, Any] = {"Payload": BytesIO(json.dumps(result).encode())}
        if failed:
            self._answer["FunctionError"] = "Unhandled"

    def invoke(self, **_: Any) -> dict[str, Any]:
        return self._answer

    def get_paginator(self, _: str) -> "Aws":
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"StackResourceSummaries": [RECONCILER]}]


def restart(result: dict[str, Any], *, failed: bool = False) -> Restart:
    aws = Aws(result, failed=failed)
    return restart_workflow(DeployedStack(lambda _: aws, "shop"), "order")


@pytest.mark.parametrize(
    "message",
    [
        "An error occurred (ThrottlingException) when calling the StartExecution operation: Rate",
        'Read timeout on endpoint URL: "https://dynamodb.eu-central-1.amazonaws.com/"',
        "2026-11-28T10:33:02Z Task timed out after 30.00 seconds",
    ],
)
def test_a_failed_restart_says_why_and_what_happens_next(message: str) -> None:
    failure = {"errorType": "Runtime.HandlerError", "errorMessage": message}

    with pytest.raises(UserError) as raised:
        restart(failure, failed=True)

    assert message in str(raised.value)
    assert "at least every 15 minutes" in str(raised.value)


def test_a_failure_without_a_message_names_its_type() -> None:
    with pytest.raises(UserError, match=r"Runtime\.ExitError"):
        restart({"errorType": "Runtime.ExitError"}, failed=True)


def test_a_running_execution_is_named() -> None:
    result = {"status": "paid", "run": 2, "started": False}

    assert restart(result) == Restart("paid", "order-r2", started=False)
