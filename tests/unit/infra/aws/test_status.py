"""`shop aws status`, and errors of AWS in words instead of tracebacks."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    LoginRefreshRequired,
    MissingDependencyException,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    ReadTimeoutError,
    SSOTokenLoadError,
)
from botocore.parsers import ResponseParserError
from botocore.stub import Stubber

from infra.aws.errors import explain_aws_error
from infra.aws.status import read_status
from infra.build.bundles import ROOT
from infra.local.cloud import LocalCloud
from infra.ops.deployed_stack import DeployedStack


def test_status_has_outputs_alarms_and_dead_letters(tables: LocalCloud) -> None:
    stack = DeployedStack.on_local_cloud(tables)
    queue = stack.resources("AWS::SQS::Queue")["EmailDeadLetterQueue"]
    sqs = tables.client("sqs")
    sqs.purge_queue(QueueUrl=queue)
    sqs.send_message(QueueUrl=queue, MessageBody="a message")

    state = read_status(stack)

    assert state.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    assert state.outputs["ShopTimeZone"] == "Europe/Berlin"
    assert state.alarms == ()
    assert state.dead_letters["EmailDeadLetterQueue"] == 1
    assert "EmailQueue" not in state.dead_letters
    sqs.purge_queue(QueueUrl=queue)


def test_stack_that_does_not_exist_is_an_error_in_words(tables: LocalCloud) -> None:
    with pytest.raises(ClientError) as raised:
        read_status(DeployedStack(tables.client, "no-such-stack"))

    words = explain_aws_error(raised.value)
    assert "no-such-stack does not exist" in words
    assert "Check the stack's name and the region." in words


def test_half_made_stack_has_a_status(tables: LocalCloud) -> None:
    """Its creation failed: no outputs, a deleted queue, and an alarm that was never made."""
    cloudformation: Any = boto3.client("cloudformation", region_name="eu-central-1")
    now = datetime.now(UTC)
    stack = {"StackName": "shop", "StackStatus": "ROLLBACK_COMPLETE", "CreationTime": now}
    queue = {
        "LogicalResourceId": "EmailDeadLetterQueue",
        "PhysicalResourceId": "https://sqs.example/shop-email-dead-letters",
        "ResourceType": "AWS::SQS::Queue",
        "ResourceStatus": "DELETE_COMPLETE",
        "LastUpdatedTimestamp": now,
    }
    alarm = {
        "LogicalResourceId": "WebErrorsAlarm",
        "ResourceType": "AWS::CloudWatch::Alarm",
        "ResourceStatus": "CREATE_FAILED",
        "LastUpdatedTimestamp": now,
    }
    with Stubber(cloudformation) as stubber:
        stubber.add_response("describe_stacks", {"Stacks": [stack]})
        for _ in range(2):
            resources = {"StackResourceSummaries": [queue, alarm]}
            stubber.add_response("list_stack_resources", resources)
        stubber.add_response("describe_stacks", {"Stacks": [stack]})
        deployed = DeployedStack(
            lambda name: cloudformation if name == "cloudformation" else tables.client(name), "shop"
        )

        state = read_status(deployed)

        assert (state.status, state.alarms) == ("ROLLBACK_COMPLETE", ())
        assert (state.outputs, state.dead_letters) == ({}, {})
        assert deployed.outputs() == {}


def refused(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "DescribeStacks")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NoRegionError(), "Set AWS_REGION"),
        (NoCredentialsError(), "No AWS credentials"),
        (ProfileNotFound(profile="shop"), "AWS_PROFILE"),
        (EndpointConnectionError(endpoint_url="https://x"), "AWS does not answer"),
        (ConnectTimeoutError(endpoint_url="https://x"), "AWS does not answer"),
        (ReadTimeoutError(endpoint_url="https://x"), "AWS does not answer"),
        (SSOTokenLoadError(error_msg="no token"), "aws sso login"),
        (LoginRefreshRequired(), "aws login"),
        (MissingDependencyException(msg="crt"), "aws configure export-credentials"),
        (ResponseParserError("invalid XML received"), "no answer of AWS"),
        (refused("502", "<html>\n<title>Bad Gateway"), "no answer of AWS"),
        (refused("404", "<!doctype html>\n<html lang=en>"), "no answer of AWS"),
        (BotoCoreError(), "AWS could not be called"),
        (refused("ExpiredToken"), "have expired"),
        (refused("InvalidClientTokenId"), "does not know these credentials"),
        (refused("InvalidSignatureException"), "does not know these credentials"),
        (refused("InvalidAccessKeyId"), "whether the account has enabled this region"),
        (refused("AccessDenied", "Ada may not."), "may not do DescribeStacks. Ada may not."),
        (refused("Throttling", "Rate exceeded"), "throttles DescribeStacks. Wait a minute"),
        (refused("SlowDown"), "Wait a minute, then repeat"),
        (refused("LimitExceeded", "Too many"), "DescribeStacks with LimitExceeded: Too many"),
    ],
)
def test_error_of_aws_says_what_to_do(error: Any, words: str) -> None:
    assert words in explain_aws_error(error)


@pytest.mark.parametrize(
    "command",
    [
        ("aws", "status", "--stack", "shop"),
        ("aws", "preflight", "--mail-from", "orders@shop.com"),
        ("aws", "upload-static", "--stack", "shop"),
        ("aws", "down", "--stack", "shop", "--yes"),
        ("aws", "seed", "--stack", "shop"),
        ("aws", "load", "--stack", "shop", "--headless"),
        ("aws", "up", "--yes", "--set", "MailFrom=orders@shop.com"),
        ("verify", "--stack", "shop"),
        ("redrive", "--all", "--stack", "shop"),
    ],
)
@pytest.mark.parametrize("region", ["", "AWS_REGION", "AWS_DEFAULT_REGION"])
def test_command_without_region_or_credentials_prints_no_traceback(
    command: tuple[str, ...], region: str
) -> None:
    """The AWS CLI reads both variables, and boto3 the second one only."""
    kept = {name: it for name, it in os.environ.items() if not name.startswith("AWS_")}
    without = {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    if region:
        without[region] = "eu-central-1"

    result = subprocess.run(
        [sys.executable, "-m", "infra.cli", *command],
        cwd=ROOT,
        env=kept | without,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert ("No AWS credentials" if region else "No AWS region") in result.stderr
