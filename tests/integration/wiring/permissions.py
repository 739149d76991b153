"""Removes single statements from an IAM role of the deployed stack, and restores them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.fake_clouds import DeployedShop

type Statement = dict[str, Any]

# A policy must not be empty.
HARMLESS_STATEMENT: Statement = {
    "Effect": "Allow",
    "Action": "sts:GetCallerIdentity",
    "Resource": "*",
}


@contextmanager
def without(shop: DeployedShop, role: str, action: str, on: str) -> Iterator[None]:
    """Inside the block, a function's role lacks the statement that allows this action."""
    iam, name = shop.cloud.client("iam"), _role(shop, role)
    policy, document = _policy_with(shop, name, action, on)
    remaining = [it for it in document["Statement"] if not _is_about(it, action, on)]
    assert len(remaining) == len(document["Statement"]) - 1

    def put(statements: list[Statement]) -> None:
        iam.put_role_policy(
            RoleName=name,
            PolicyName=policy,
            PolicyDocument=json.dumps(document | {"Statement": statements}),
        )

    put(remaining or [HARMLESS_STATEMENT])
    try:
        yield
    finally:
        put(document["Statement"])


def log_of(shop: DeployedShop, function: str) -> str:
    """Everything that a function has logged so far."""
    logs = shop.cloud.client("logs").get_paginator("filter_log_events")
    pages = logs.paginate(logGroupName=f"/aws/lambda/hearth-and-clay-{function}")
    return "\n".join(event["message"] for page in pages for event in page["events"])


def _role(shop: DeployedShop, role: str) -> str:
    functions = shop.cloud.client("lambda")
    configuration = functions.get_function_configuration(FunctionName=f"hearth-and-clay-{role}")
    arn: str = configuration["Role"]
    return arn.rpartition("/")[2]


def _policy_with(
    shop: DeployedShop, role: str, action: str, on: str
) -> tuple[str, dict[str, list[Statement]]]:
    iam = shop.cloud.client("iam")
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        if any(_is_about(it, action, on) for it in document["Statement"]):
            return policy, document
    raise AssertionError(f"{role} has no statement that allows {action} on {on}.")


def _is_about(statement: Statement, action: str, on: str) -> bool:
    actions, places = (
        it if isinstance(it, list) else [it] for it in (statement["Action"], statement["Resource"])
    )
    return action in actions and any(it.endswith(on) for it in places)
