"""What the roles allow, statement by statement."""

from collections.abc import Iterator
from typing import Any

from tests.template_lint.policy_statements import covers
from tests.template_lint.wiring import Properties, Wiring, listed

# AWS's own policy for functions: to write their log.
MAY_LOG = "AWSLambdaBasicExecutionRole"


def statements(wiring: Wiring, role: Any) -> Iterator[Properties]:
    for policy in wiring.properties(role).get("Policies", []):
        yield from listed(policy["PolicyDocument"]["Statement"])


def role_of(wiring: Wiring, owner: str) -> str:
    """The role of a function or a workflow."""
    properties = wiring.properties(owner)
    return wiring.named(properties.get("Role") or properties.get("RoleArn"))


def allowed_to(wiring: Wiring, owner: str) -> Iterator[tuple[str, str]]:
    """Each action with each resource, as its role allows them."""
    for statement in statements(wiring, role_of(wiring, owner)):
        if statement["Effect"] == "Allow":
            for action in listed(statement["Action"]):
                for resource in listed(statement["Resource"]):
                    yield action, resource


def may(wiring: Wiring, owner: str, action: str, resource: str) -> bool:
    return any(
        covers(allowed, action) and covers(where, resource)
        for allowed, where in allowed_to(wiring, owner)
    )
