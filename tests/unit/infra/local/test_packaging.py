"""The template as it is sent to the local cloud."""

import json
from pathlib import Path

import pytest

from infra.local.artifacts import BUCKET, Artifact
from infra.local.packaging import Template, bundle_of_each_function, definitions, packaged, read
from infra.user_error import Trouble

TEMPLATE = """
Parameters:
  ReviewSeconds: {Type: Number}
Globals:
  Function: {CodeUri: ../build/workers}
Resources:
  Shop:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: ../build/web, Handler: app.lambda_handler.handler}
  Sweep:
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
# a reason
States: {Wait: {Seconds: "${ReviewSeconds}"}, Charge: {Resource: "${ChargeFunction}"}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "workflow.asl.yaml").write_text(WORKFLOW)
    return tmp_path


@pytest.fixture
def template(folder: Path) -> Template:
    return read(folder / "template.yaml")


def test_a_function_runs_the_bundle_it_names_or_the_shared_one(template: Template) -> None:
    assert bundle_of_each_function(template) == {"Shop": "web", "Sweep": "workers"}


def test_local_paths_become_places_in_the_bucket(folder: Path, template: Template) -> None:
    web, workers = Artifact("web", b"1"), Artifact("workers", b"2")
    workflows = definitions(template, folder)

    sent = packaged(template, {"web": web, "workers": workers}, workflows)["Resources"]

    assert sent["Shop"]["Properties"]["CodeUri"] == {"Bucket": BUCKET, "Key": web.key}
    assert sent["Sweep"]["Properties"]["CodeUri"] == {"Bucket": BUCKET, "Key": workers.key}
    assert sent["Sweep"]["Properties"]["Role"] == {"Fn::GetAtt": ["Role", "Arn"]}
    assert sent["Inline"] == template["Resources"]["Inline"]
    assert sent["Workflow"]["Properties"]["DefinitionUri"]["Key"] == workflows["Workflow"].key


def test_the_template_read_stays_as_it_was(folder: Path, template: Template) -> None:
    artifacts = {name: Artifact(name, b"1") for name in ("web", "workers")}
    before = json.dumps(template)

    packaged(template, artifacts, definitions(template, folder))

    assert json.dumps(template) == before


def test_what_stands_for_a_number_loses_its_quotes(folder: Path, template: Template) -> None:
    text = definitions(template, folder)["Workflow"].text

    assert '"Seconds": ${ReviewSeconds}' in text
    assert '"Resource": "${ChargeFunction}"' in text


def test_a_slip_in_the_yaml_is_named_with_its_line(folder: Path) -> None:
    (folder / "template.yaml").write_text("Resources:\n  Shop: [oops\n  Desk: 1\n")

    with pytest.raises(Trouble, match=r"template\.yaml, line 3: expected ',' or '\]'"):
        read(folder / "template.yaml")


def test_yaml_without_resources_is_no_template(folder: Path) -> None:
    (folder / "template.yaml").write_text("Hello: there")

    with pytest.raises(Trouble, match="has no Resources"):
        read(folder / "template.yaml")


def test_a_missing_definition_is_named(folder: Path, template: Template) -> None:
    (folder / "workflow.asl.yaml").unlink()

    with pytest.raises(Trouble, match=r"workflow\.asl\.yaml: it cannot be read"):
        definitions(template, folder)
