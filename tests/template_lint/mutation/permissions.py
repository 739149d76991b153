"""Mutants of permissions, missing or too broad: roles, queue policies, invoke permissions."""

from collections.abc import Iterator
from typing import Any

from tests.template_lint.mutation.mutants import (
    NO_RESOURCE,
    Mutant,
    Template,
    properties_of_type,
    with_value,
    without,
    without_each,
)
from tests.template_lint.mutation.trees import get_at


def of_roles(template: Template) -> Iterator[Mutant]:
    for path, role in properties_of_type(template, "AWS::IAM::Role"):
        for number, policy in enumerate(role.get("Policies", [])):
            inner = ("Policies", number, "PolicyDocument", "Statement")
            for place, statement in enumerate(get_at(policy, inner[2:])):
                here = (*path, *inner, place)
                yield Mutant(here, _deny_statement())
                if statement["Resource"] != "*":
                    yield Mutant((*here, "Resource"), "*")
                if isinstance(statement["Action"], list):
                    yield from without_each(statement, here, ("Action",))


def _deny_statement() -> dict[str, str]:
    """A statement without effect: AWS refuses a policy without statements."""
    return {"Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}


def of_queue_policies(template: Template) -> Iterator[Mutant]:
    for path, policy in properties_of_type(template, "AWS::SQS::QueuePolicy"):
        for place, statement in enumerate(get_at(policy, ("PolicyDocument", "Statement"))):
            here = (*path, "PolicyDocument", "Statement", place)
            if statement.get("Effect") == "Allow":
                yield Mutant(path[:2], NO_RESOURCE)
                yield from without_each(policy, path, ("Queues",))
                yield Mutant((*here, "Resource"), _first_queue_arn(policy))
                yield from without(statement, here, ("Condition",))
                yield from with_value(statement, here, ("Action",), "sqs:*")
                yield from with_value(statement, here, ("Principal",), "*")


def _first_queue_arn(policy: Any) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [policy["Queues"][0]["Ref"], "Arn"]}


def of_permissions(template: Template) -> Iterator[Mutant]:
    for path, permission in properties_of_type(template, "AWS::Lambda::Permission"):
        yield Mutant(path[:2], NO_RESOURCE)
        yield from without(permission, path, ("SourceArn",), ("SourceAccount",))
        yield from with_value(permission, path, ("Principal",), "sns.amazonaws.com")
