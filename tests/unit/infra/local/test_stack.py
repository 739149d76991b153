"""Deployments of a stack: created, unchanged, rejected, failed and repaired."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local import artifacts
from infra.local.cloud import LocalCloud
from infra.local.stack import Stack
from infra.user_error import UserError

QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 30}}
# One of the few errors that the emulator detects as AWS does.
BROKEN = {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "PolicyDocument": {}}}


class Deployer:
    """Uploads a template to the artifact bucket, as the real deployment does."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self.stack = Stack(cloud.client("cloudformation"))

    def deploy(self, tags: dict[str, str] | None = None, **resources: Any) -> None:
        s3 = self._cloud.client("s3")
        artifacts.upload(s3, ())
        template = {"Resources": resources, "Outputs": {"Queue": {"Value": {"Ref": "Queue"}}}}
        s3.put_object(Bucket=artifacts.BUCKET, Key="test.json", Body=json.dumps(template))
        template_url = f"{self._cloud.url}/{artifacts.BUCKET}/test.json"
        self.stack.deploy(template_url, {}, tags or {})


@pytest.fixture
def deployer(cloud: LocalCloud) -> Iterator[Deployer]:
    deployer = Deployer(cloud)
    yield deployer
    deployer.stack._delete()


def test_stack_is_created_with_outputs_and_tags(deployer: Deployer) -> None:
    assert not deployer.stack.is_usable()

    deployer.deploy({"made-of": "1"}, Queue=QUEUE)

    assert deployer.stack.is_usable()
    assert deployer.stack.tag("made-of") == "1"
    assert "Queue" in deployer.stack.outputs()
    assert list(deployer.stack.resources("AWS::SQS::Queue")) == ["Queue"]


def test_deployment_without_changes_succeeds(deployer: Deployer) -> None:
    deployer.deploy(Queue=QUEUE)

    deployer.deploy(Queue=QUEUE)

    assert deployer.stack.is_usable()


def test_failed_update_names_the_resource_and_is_rolled_back(deployer: Deployer) -> None:
    deployer.deploy({"made-of": "1"}, Queue=QUEUE)

    with pytest.raises(UserError, match=r"failed at Broken \(AWS::IAM::Policy\): .+ Fix"):
        deployer.deploy({"made-of": "2"}, Queue=QUEUE, Broken=BROKEN)

    assert deployer.stack.is_usable()
    assert deployer.stack.tag("made-of") == "1"


def test_deployment_after_a_failed_creation_succeeds(deployer: Deployer) -> None:
    with pytest.raises(UserError, match="failed at Broken"):
        deployer.deploy(Queue=QUEUE, Broken=BROKEN)

    deployer.deploy(Queue=QUEUE)

    assert deployer.stack.is_usable()


def test_invalid_template_is_rejected(deployer: Deployer) -> None:
    with pytest.raises(UserError, match="CloudFormation rejected the template"):
        deployer.deploy(Queue={"Type": "AWS::No::Such", "Properties": {"Of": {"Ref": "Missing"}}})
