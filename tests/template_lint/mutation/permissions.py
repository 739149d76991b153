"""Rights lost, and rights too wide: roles, queue policies, and who may call a function."""

from collections.abc import Iterator

from tests.template_lint.mutation.mutants import (
    NO_RESOURCE,
    Mutant,
    Template,
    each_gone,
    gone,
    instead,
    of_type,
)
from tests.template_lint.mutation.trees import at


def of_roles(template: Template) -> Iterator[Mutant]:
    for path, role in of_type(template, "AWS::IAM::Role"):
        for number, policy in enumerate(role.get("Policies", [])):
            inner = ("Policies", number, "PolicyDocument", "Statement")
            for place, statement in enumerate(at(policy, inner[2:])):
                here = (*path, *inner, place)
                yield Mutant(here, _harmless())
                if statement["Resource"] != "*":
                    yield Mutant((*here, "Resource"), "*")
                if isinstance(statement["Action"], list):
                    yield from each_gone(statement, here, ("Action",))


def _harmless() -> dict[str, str]:
    """A policy without any statement is refused by AWS."""
    return {"Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}


def of_queue_policies(template: Template) -> Iterator[Mutant]:
    for path, policy in of_type(template, "AWS::SQS::QueuePolicy"):
        for place, statement in enumerate(at(policy, ("PolicyDocument", "Statement"))):
            here = (*path, "PolicyDocument", "Statement", place)
            if statement.get("Effect") == "Allow":
                yield Mutant(path[:2], NO_RESOURCE)
                yield from each_gone(policy, path, ("Queues",))
                yield from each_gone(statement, here, ("Resource",))
                yield from gone(statement, here, ("Condition",))
                yield from instead(statement, here, ("Action",), "sqs:*")
                yield from instead(statement, here, ("Principal",), "*")


def of_permissions(template: Template) -> Iterator[Mutant]:
    for path, permission in of_type(template, "AWS::Lambda::Permission"):
        yield Mutant(path[:2], NO_RESOURCE)
        yield from gone(permission, path, ("SourceArn",), ("SourceAccount",))
        yield from instead(permission, path, ("Principal",), "sns.amazonaws.com")
