"""`infra/deploy_role.yaml`: what GitHub's role needs to update the roles of a stack."""

import re
import tomllib
from fnmatch import fnmatch
from typing import Any

import pytest

from infra.build.bundles import ROOT
from infra.local.packaging import read_template
from tests.template_lint.sam_transform import Source, transform_template

DEPLOY_ROLE = read_template(ROOT / "infra/deploy_role.yaml")
STAGES = tomllib.loads((ROOT / "infra/samconfig.toml").read_text())
ROLES = sorted(
    name
    for name, it in transform_template(Source.in_folder().template)["Resources"].items()
    if it["Type"] == "AWS::IAM::Role"
)
MAX_ROLE_NAME, RANDOM_END = 64, "-UjecjFhpdr1d"
# CloudFormation reads and lists all policies of a role before it deletes it.
ROLE_ACTIONS = {
    *("CreateRole", "DeleteRole", "GetRole", "PassRole", "TagRole", "UntagRole", "UpdateRole"),
    *("AttachRolePolicy", "DetachRolePolicy", "ListAttachedRolePolicies"),
    *("PutRolePolicy", "GetRolePolicy", "DeleteRolePolicy", "ListRolePolicies"),
    "UpdateAssumeRolePolicy",
}


def statement() -> dict[str, Any]:
    (policy,) = DEPLOY_ROLE["Resources"]["DeployRole"]["Properties"]["Policies"]
    (only,) = policy["PolicyDocument"]["Statement"]
    return dict(only)


def generated_name(stack_name: str, logical_id: str) -> str:
    """As CloudFormation names a role; AWS documents that it shortens names, but not how.

    Names of real stacks keep 24 or 25 characters of the stack's name. The test expects the worse.
    """
    name = f"{stack_name}-{logical_id}"
    if len(name + RANDOM_END) > MAX_ROLE_NAME:
        name = f"{stack_name[:24]}-{logical_id[:24]}"
    return name + RANDOM_END


def stack_names() -> list[str]:
    pattern = DEPLOY_ROLE["Parameters"]["ShopStack"]["AllowedPattern"]
    longest = max(("s" * n for n in range(1, 65) if re.fullmatch(pattern, "s" * n)), key=len)
    by_github = [
        STAGES[it]["deploy"]["parameters"]["stack_name"] for it in ("staging", "production")
    ]
    assert all(re.fullmatch(pattern, it) for it in by_github)
    return [*by_github, longest]


@pytest.mark.parametrize("role", ROLES)
def test_deploy_role_may_change_a_role_whose_name_cloudformation_shortened(role: str) -> None:
    for stack_name in stack_names():
        allowed = statement()["Resource"]["Fn::Sub"].replace("${ShopStack}", stack_name)

        assert fnmatch(generated_name(stack_name, role), allowed.rpartition("/")[2]), stack_name


def test_deploy_role_has_every_action_on_roles_that_cloudformation_needs() -> None:
    assert set(statement()["Action"]) == {f"iam:{it}" for it in ROLE_ACTIONS}
