"""The CI workflows that audit dependencies, and the linters of the template."""

import re
from collections.abc import Sequence
from typing import Any

import pytest
from cfnlint.api import lint  # type: ignore[import-untyped]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from infra.aws.regions import SUPPORTED_REGIONS
from infra.build.bundles import ROOT

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
BUNDLES = {path.stem for path in (ROOT / "requirements").glob("*.txt")}


def workflow(name: str) -> dict[str, Any]:
    parsed: dict[str, Any] = yaml_parse((GITHUB / "workflows" / name).read_text())
    return parsed


def commands(job: dict[str, Any]) -> str:
    return "\n".join(step.get("run", "") for step in job["steps"])


def test_each_bundle_is_audited_and_has_an_sbom() -> None:
    jobs = workflow("supply-chain.yml")["jobs"]

    assert set(jobs["audit"]["strategy"]["matrix"]["bundle"]) == BUNDLES
    assert set(jobs["components"]["strategy"]["matrix"]["bundle"]) == BUNDLES - {"dev", "sam-cli"}
    assert "--require-hashes" in commands(jobs["audit"])
    assert "--spec-version 1.6" in commands(jobs["components"])


def test_dependencies_are_audited_every_day_and_updated_every_week() -> None:
    audited, updated = (
        re.findall(r'cron: "[0-9]+ [0-9]+ (.*)"', (GITHUB / "workflows" / name).read_text())
        for name in ("supply-chain.yml", "update.yml")
    )

    assert (audited, updated) == (["* * *"], ["* * 1"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda it: it.stem)
def test_ci_workflow_has_minimal_permissions_and_pinned_tools(path: Any) -> None:
    text, parsed = path.read_text(), workflow(path.name)
    installed = re.findall(r"pip install (\S+)", text)
    writes = "write" in str(parsed["permissions"])

    assert all("==" in it for it in installed)
    assert writes == (path.name == "update.yml")
    assert "pull_request_target" not in text


def test_every_skipped_checkov_rule_has_a_reason() -> None:
    lines = (GITHUB / "checkov.yaml").read_text().splitlines()
    skipped = [line for line in lines if line.lstrip().startswith("- CKV")]

    assert len(skipped) == 15
    assert all(re.fullmatch(r"  - CKV_AWS_\d+ +# \S+ .{20,}", line) for line in skipped)


@pytest.mark.parametrize(
    ("template", "regions"),
    [
        ("template.yaml", SUPPORTED_REGIONS),
        ("waf.yaml", ["us-east-1"]),
        ("deploy_role.yaml", SUPPORTED_REGIONS),
    ],
)
def test_cfn_lint_has_no_findings_in_any_supported_region(
    template: str, regions: Sequence[str]
) -> None:
    text = (ROOT / "infra" / template).read_text()

    assert [str(it) for it in lint(text, regions=[*regions])] == []


def test_cfn_lint_finds_a_region_that_lacks_a_resource_type() -> None:
    identity = (
        "Resources: {Sender: {Type: AWS::SES::EmailIdentity, Properties: {EmailIdentity: a.b}}}"
    )

    findings = [str(it) for it in lint(identity, regions=["eu-central-1", "ap-east-1"])]

    assert len(findings) == 1
    assert "does not exist in 'ap-east-1'" in findings[0]


DEPLOY = workflow("deploy.yml")["jobs"]
STAGES = ("staging", "production")


def uses(job: dict[str, Any], action: str) -> dict[str, Any]:
    (step,) = [it for it in job["steps"] if it.get("uses", "").startswith(f"{action}@")]
    return dict(step["with"])


def test_production_follows_staging_and_release_notes_follow_production() -> None:
    assert [DEPLOY[name].get("needs") for name in (*STAGES, "release")] == [
        None,
        "staging",
        "production",
    ]
    assert "--generate-notes" in commands(DEPLOY["release"])


@pytest.mark.parametrize("stage", STAGES)
def test_stage_is_deployed_by_a_role_of_its_environment_without_a_stored_key(stage: str) -> None:
    job, text = DEPLOY[stage], (GITHUB / "workflows/deploy.yml").read_text()
    credentials = uses(job, "aws-actions/configure-aws-credentials")

    assert job["environment"]["name"] == stage  # whose reviewers must approve
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert credentials["role-to-assume"] == "${{ vars.AWS_ROLE_ARN }}"
    assert re.search(r"configure-aws-credentials@v\d+[.]\d+[.]\d+$", text, re.MULTILINE)
    assert not {"aws-access-key-id", "aws-secret-access-key"} & credentials.keys()
    assert "secrets." not in text


@pytest.mark.parametrize("stage", STAGES)
def test_stage_is_deployed_and_then_checked_at_its_address(stage: str) -> None:
    lines = [it["run"] for it in DEPLOY[stage]["steps"] if "run" in it]

    checked, deployed, smoke = lines
    assert checked == "make check"
    assert "shop aws up --config-env" in deployed
    assert "--yes" in deployed
    assert "shop smoke --url" in smoke
    # A variable of the environment in a script would be read as code.
    assert "${{" not in "".join(lines)


def test_only_a_job_of_the_environment_may_assume_the_deploy_role() -> None:
    template = yaml_parse((ROOT / "infra/deploy_role.yaml").read_text())
    role = template["Resources"]["DeployRole"]["Properties"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]

    issuer = "token.actions.githubusercontent.com"
    assert statement["Condition"] == {
        "StringEquals": {
            f"{issuer}:aud": "sts.amazonaws.com",
            f"{issuer}:sub": {"Fn::Sub": "repo:${Repository}:environment:${Environment}"},
        }
    }
    (roles,) = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert roles["Resource"]["Fn::Sub"].endswith(":role/${ShopStack}-*")
