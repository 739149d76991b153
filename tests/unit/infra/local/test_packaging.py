"""Packaging the template for the local cloud."""

import json
from pathlib import Path

import pytest

from infra.local.artifacts import BUCKET, Artifact
from infra.local.packaging import (
    Template,
    bundles_by_function,
    package_template,
    read_template,
    state_machine_definitions,
)
from infra.user_error import UserError

TEMPLATE = """
Parameters:
  ReviewSeconds: {Type: Number}
Globals:
  Function: {CodeUri: ../build/workers}
Resources:
  Shop:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: ../build/web, Handler: app.lambda_handler.handler}
  Poller:
    Type: AWS::Serverless::Function
    Properties: {Handler: workers.outbox_poller.handler, Role: !GetAtt Role.Arn}
  Inline:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: {Bucket: elsewhere, Key: code.zip}}
  Workflow:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: workflow.asl.yaml
      DefinitionSubstitutions: {ReviewSeconds: !Ref ReviewSeconds, ChargeFunction: !Ref Shop}
  Table:
    Type: AWS::DynamoDB::Table
"""
WORKFLOW = """
# a comment
States: {Wait: {Seconds: "${ReviewSeconds}"}, Charge: {Resource: "${ChargeFunction}"}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "workflow.asl.yaml").write_text(WORKFLOW)
    return tmp_path


@pytest.fixture
def template(folder: Path) -> Template:
    return read_template(folder / "template.yaml")


def test_function_uses_its_own_bundle_or_the_global_one(template: Template) -> None:
    assert bundles_by_function(template) == {"Shop": "web", "Poller": "workers"}


def test_local_paths_become_locations_in_s3(folder: Path, template: Template) -> None:
    web, workers = Artifact("web", b"1"), Artifact("workers", b"2")
    workflows = state_machine_definitions(template, folder)

    packaged = package_template(template, {"web": web, "workers": workers}, workflows)["Resources"]

    assert packaged["Shop"]["Properties"]["CodeUri"] == {"Bucket": BUCKET, "Key": web.key}
    assert packaged["Poller"]["Properties"]["CodeUri"] == {"Bucket": BUCKET, "Key": workers.key}
    assert packaged["Poller"]["Properties"]["Role"] == {"Fn::GetAtt": ["Role", "Arn"]}
    assert packaged["Inline"] == template["Resources"]["Inline"]
    assert packaged["Workflow"]["Properties"]["DefinitionUri"]["Key"] == workflows["Workflow"].key


def test_packaging_does_not_change_the_given_template(folder: Path, template: Template) -> None:
    artifacts = {name: Artifact(name, b"1") for name in ("web", "workers")}
    before = json.dumps(template)

    package_template(template, artifacts, state_machine_definitions(template, folder))

    assert json.dumps(template) == before


def test_substitutions_of_numbers_are_not_quoted(folder: Path, template: Template) -> None:
    text = state_machine_definitions(template, folder)["Workflow"].text

    assert '"Seconds": ${ReviewSeconds}' in text
    assert '"Resource": "${ChargeFunction}"' in text


def test_yaml_error_is_reported_with_its_line(folder: Path) -> None:
    (folder / "template.yaml").write_text("Resources:\n  Shop: [oops\n  Web: 1\n")

    with pytest.raises(UserError, match=r"template\.yaml, line 3: expected ',' or '\]'"):
        read_template(folder / "template.yaml")


def test_yaml_without_resources_is_not_a_template(folder: Path) -> None:
    (folder / "template.yaml").write_text("Hello: there")

    with pytest.raises(UserError, match="has no Resources"):
        read_template(folder / "template.yaml")


def test_missing_definition_is_reported(folder: Path, template: Template) -> None:
    (folder / "workflow.asl.yaml").unlink()

    with pytest.raises(UserError, match=r"workflow\.asl\.yaml: the file cannot be read"):
        state_machine_definitions(template, folder)
