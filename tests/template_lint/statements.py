"""The policy statements of roles, and the actions that they allow."""

from collections.abc import Iterator
from typing import Any

from tests.template_lint.policy_statements import pattern_matches
from tests.template_lint.wiring import Properties, Wiring, as_list

# AWS's own policy for functions: to write their log.
LOG_POLICY = "AWSLambdaBasicExecutionRole"


def statements(wiring: Wiring, role: Any) -> Iterator[Properties]:
    for policy in wiring.properties(role).get("Policies", []):
        yield from as_list(policy["PolicyDocument"]["Statement"])


def role_of(wiring: Wiring, owner: str) -> str:
    """The role of a function or a workflow."""
    properties = wiring.properties(owner)
    return wiring.logical_id(properties.get("Role") or properties.get("RoleArn"))


def allowed_actions(wiring: Wiring, owner: str) -> Iterator[tuple[str, str]]:
    """Each allowed action with each resource pattern of the owner's role."""
    for statement in statements(wiring, role_of(wiring, owner)):
        if statement["Effect"] == "Allow":
            for action in as_list(statement["Action"]):
                for resource in as_list(statement["Resource"]):
                    yield action, resource


def is_allowed(wiring: Wiring, owner: str, action: str, resource: str) -> bool:
    return any(
        pattern_matches(allowed, action) and pattern_matches(where, resource)
        for allowed, where in allowed_actions(wiring, owner)
    )
