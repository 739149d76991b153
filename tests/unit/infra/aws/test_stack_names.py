"""A second stack, another region, or a sender that is verified already: nothing collides."""

import json
from typing import Any

import pytest

from infra.build.bundles import ROOT
from infra.local.packaging import read_template
from tests.template_lint.resolver import Resolver

TEMPLATE = read_template(ROOT / "infra/template.yaml")
# The property that names a resource, by type; unique in all regions of an account, or in the world.
GLOBAL_NAMES = {
    "AWS::S3::Bucket": ("BucketName",),
    "AWS::CloudFront::OriginAccessControl": ("OriginAccessControlConfig", "Name"),
    "AWS::CloudFront::ResponseHeadersPolicy": ("ResponseHeadersPolicyConfig", "Name"),
    "AWS::CloudFront::CachePolicy": ("CachePolicyConfig", "Name"),
    "AWS::CloudFront::OriginRequestPolicy": ("OriginRequestPolicyConfig", "Name"),
    "AWS::CloudFront::Function": ("Name",),
    "AWS::CloudWatch::Dashboard": ("DashboardName",),
    "AWS::IAM::Role": ("RoleName",),
    "AWS::Budgets::Budget": ("Budget", "BudgetName"),
}
# Of types whose names are unique in one region of an account.
REGIONAL_NAMES = (
    *("TableName", "QueueName", "TopicName", "FunctionName", "LogGroupName", "AlarmName"),
    *("Name", "StateMachineName", "RuleName"),
)
LONGEST_REGION = "ap-northeast-1"
MAX_STACK_NAME = "s" * 27


def named(value: Any) -> str:
    return json.dumps(value)


def global_names() -> dict[str, Any]:
    names = {}
    for logical_id, resource in TEMPLATE["Resources"].items():
        path = GLOBAL_NAMES.get(resource["Type"])
        if path:
            value: Any = resource["Properties"]
            for key in path:
                value = value.get(key) if isinstance(value, dict) else None
            if value is not None:
                names[logical_id] = value
    return names


def test_names_that_are_unique_in_all_regions_hold_stack_and_region() -> None:
    names = global_names()

    assert {"UploadBucket", "MediaBucket", "OriginAccessControl"} <= names.keys()
    for logical_id, name in names.items():
        assert "${AWS::StackName}" in named(name), logical_id
        assert "${AWS::Region}" in named(name), logical_id


def test_bucket_names_hold_the_account() -> None:
    for logical_id, name in global_names().items():
        if TEMPLATE["Resources"][logical_id]["Type"] == "AWS::S3::Bucket":
            assert "${AWS::AccountId}" in named(name)


def test_longest_stack_name_fits_every_name() -> None:
    resolver = Resolver(
        TEMPLATE,
        {
            "AWS::StackName": MAX_STACK_NAME,
            "AWS::Region": LONGEST_REGION,
            "AWS::AccountId": "0" * 12,
        },
    )

    for logical_id, name in global_names().items():
        assert len(resolver.resolve(name)) <= 63, logical_id
    for logical_id, resource in TEMPLATE["Resources"].items():
        if name := resource["Properties"].get("FunctionName"):
            assert len(resolver.resolve(name)) <= 64, logical_id


def test_names_that_are_unique_in_a_region_hold_the_stack() -> None:
    for logical_id, resource in TEMPLATE["Resources"].items():
        for key in REGIONAL_NAMES:
            name = resource["Properties"].get(key)
            if name is not None and "Ref" not in str(name):
                assert "AWS::StackName" in named(name), (logical_id, key)


@pytest.mark.parametrize(
    ("verification", "identity"),
    [("address", "orders@shop.example"), ("domain", "shop.example"), ("existing", None)],
)
def test_sender_identity_is_created_only_if_nothing_else_has_it(
    verification: str, identity: str | None
) -> None:
    parameters = {"MailFrom": "orders@shop.example", "SenderVerification": verification}
    resources = Resolver(TEMPLATE, parameters).resources()

    created = resources.get("SenderIdentity", {"Properties": {"EmailIdentity": None}})
    assert created["Properties"]["EmailIdentity"] == identity


def test_addresses_that_bounced_or_complained_get_no_more_emails() -> None:
    resources = Resolver(TEMPLATE, {"MailFrom": "orders@shop.example"}).resources()
    options = resources["EmailConfigurationSet"]["Properties"]["SuppressionOptions"]
    used = resources["SenderIdentity"]["Properties"]["ConfigurationSetAttributes"]

    assert options == {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}
    assert used == {"ConfigurationSetName": "EmailConfigurationSet"}


def test_bounces_and_complaints_reach_the_email_worker_as_events_of_this_stack_only() -> None:
    resources = Resolver(TEMPLATE, {"MailFrom": "orders@shop.example"}).resources()
    destination = resources["EmailEventDestination"]["Properties"]["EventDestination"]
    rule = resources["EmailReturnedRule"]["Properties"]
    pattern = rule["EventPattern"]

    assert destination["MatchingEventTypes"] == ["bounce", "complaint"]
    assert destination["EventBridgeDestination"]["EventBusArn"].endswith(":event-bus/default")
    assert pattern["detail-type"] == ["Email Bounced", "Email Complaint Received"]
    tags = pattern["detail"]["mail"]["tags"]
    assert tags == {"ses:configuration-set": ["EmailConfigurationSet"]}
    assert [it["Id"] for it in rule["Targets"]] == ["email"]


def test_stack_whose_sender_is_verified_elsewhere_receives_no_events_of_it() -> None:
    parameters = {"MailFrom": "orders@shop.example", "SenderVerification": "existing"}
    resources = Resolver(TEMPLATE, parameters).resources()
    statements = resources["EmailQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]

    assert not {"EmailEventDestination", "EmailReturnedRule"} & set(resources)
    assert "events.amazonaws.com" not in str(statements)


def test_domain_of_the_sender_has_its_own_domain_for_bounces() -> None:
    parameters = {"MailFrom": "orders@shop.example", "SenderVerification": "domain"}
    identity = Resolver(TEMPLATE, parameters).resources()["SenderIdentity"]["Properties"]

    assert identity["MailFromAttributes"]["MailFromDomain"] == "mail.shop.example"


def test_no_sender_is_the_default() -> None:
    """A default in a reserved domain would be deployed, and never be verified."""
    assert "Default" not in TEMPLATE["Parameters"]["MailFrom"]
