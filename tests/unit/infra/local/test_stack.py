"""Deploying to the local cloud: created, unchanged, changed, refused, failed and recovered from."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local import artifacts
from infra.local.cloud import LocalCloud
from infra.local.stack import Stack
from infra.user_error import Trouble

QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 30}}
# One of the few mistakes that the emulator refuses as AWS does.
BROKEN = {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "PolicyDocument": {}}}


class Deployer:
    """Hands a template over through the bucket, as the real deploy does."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self.stack = Stack(cloud.client("cloudformation"))

    def deploy(self, tags: dict[str, str] | None = None, **resources: Any) -> None:
        s3 = self._cloud.client("s3")
        artifacts.upload(s3, ())
        template = {"Resources": resources, "Outputs": {"Queue": {"Value": {"Ref": "Queue"}}}}
        s3.put_object(Bucket=artifacts.BUCKET, Key="test.json", Body=json.dumps(template))
        address = f"{self._cloud.url}/{artifacts.BUCKET}/test.json"
        self.stack.bring_to(address, {}, tags or {})


@pytest.fixture
def deployer(cloud: LocalCloud) -> Iterator[Deployer]:
    deployer = Deployer(cloud)
    yield deployer
    deployer.stack._remove()


def test_a_stack_is_created_with_its_outputs(deployer: Deployer) -> None:
    assert not deployer.stack.usable()

    deployer.deploy({"made-of": "1"}, Queue=QUEUE)

    assert deployer.stack.usable()
    assert deployer.stack.tag("made-of") == "1"
    assert "Queue" in deployer.stack.outputs()
    assert list(deployer.stack.resources("AWS::SQS::Queue")) == ["Queue"]


def test_nothing_to_change_is_a_success(deployer: Deployer) -> None:
    deployer.deploy(Queue=QUEUE)

    deployer.deploy(Queue=QUEUE)

    assert deployer.stack.usable()


def test_a_failure_names_the_resource_and_leaves_the_stack_as_it_was(deployer: Deployer) -> None:
    deployer.deploy({"made-of": "1"}, Queue=QUEUE)

    with pytest.raises(Trouble, match=r"failed at Broken \(AWS::IAM::Policy\): .+ Correct"):
        deployer.deploy({"made-of": "2"}, Queue=QUEUE, Broken=BROKEN)

    assert deployer.stack.usable()
    assert deployer.stack.tag("made-of") == "1"


def test_after_a_first_deploy_that_failed_the_next_one_works(deployer: Deployer) -> None:
    with pytest.raises(Trouble, match="failed at Broken"):
        deployer.deploy(Queue=QUEUE, Broken=BROKEN)

    deployer.deploy(Queue=QUEUE)

    assert deployer.stack.usable()


def test_a_template_that_is_none_is_refused(deployer: Deployer) -> None:
    with pytest.raises(Trouble, match="The template was refused"):
        deployer.deploy(Queue={"Type": "AWS::No::Such", "Properties": {"Of": {"Ref": "Nobody"}}})
