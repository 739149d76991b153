"""What the template promises of data at rest, on its way, and of who gets at it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from infra.build.bundles import ROOT
from tests.printed_figures import PrintFigure

type Resource = dict[str, Any]

TEMPLATE: dict[str, Any] = yaml_parse((ROOT / "infra/template.yaml").read_text())
RESOURCES: dict[str, Resource] = TEMPLATE["Resources"]
FUNCTION = "AWS::Serverless::Function"
BY_AWS_ALONE = {"AlarmTopic"}  # CloudWatch writes to it, of metrics, and to nobody but operators
ANYWHERE = {  # AWS knows no resource for these, or the local cloud does not
    "ses:SendEmail",
    "states:SendTaskSuccess",
}


def of_type(kind: str) -> dict[str, Resource]:
    found = {name: it["Properties"] for name, it in RESOURCES.items() if it["Type"] == kind}
    assert found, kind
    return found


def statements(policy: Any) -> Iterator[Resource]:
    """Those that stand when plain HTTP is refused."""
    for it in policy["PolicyDocument"]["Statement"]:
        yield it["Fn::If"][1] if "Fn::If" in it else it


def refuses_plain_http(policy: Any) -> bool:
    refusal = {"Bool": {"aws:SecureTransport": "false"}}
    return any(
        it["Effect"] == "Deny" and it["Principal"] == "*" and it.get("Condition") == refusal
        for it in statements(policy)
    )


def named(policies: dict[str, Resource], field: str) -> dict[str, bool]:
    """By the logical id of what a policy is about, whether it refuses plain HTTP."""
    found: dict[str, bool] = {}
    for policy in policies.values():
        about = policy[field] if isinstance(policy[field], list) else [policy[field]]
        found |= {it["Ref"]: refuses_plain_http(policy) for it in about}
    return found


@pytest.mark.parametrize(
    ("kind", "policies", "field"),
    [
        ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "Queues"),
        ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "Topics"),
        ("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "Bucket"),
    ],
)
def test_queues_topic_and_buckets_refuse_who_comes_without_tls(
    kind: str, policies: str, field: str
) -> None:
    asked = of_type(kind).keys() - BY_AWS_ALONE
    assert named(of_type(policies), field) == dict.fromkeys(asked, True)
    assert TEMPLATE["Parameters"]["RequireTls"]["Default"] == "true"


def test_a_policy_that_refuses_nobody_is_noticed() -> None:
    allows = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}

    assert not refuses_plain_http({"PolicyDocument": {"Statement": [allows]}})


def test_everything_that_is_kept_is_encrypted() -> None:
    for table in of_type("AWS::DynamoDB::Table").values():
        assert table["SSESpecification"]["SSEEnabled"]
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    assert all(it["SqsManagedSseEnabled"] for it in of_type("AWS::SQS::Queue").values())
    topics = of_type("AWS::SNS::Topic").items()
    assert {name for name, it in topics if "KmsMasterKeyId" not in it} == BY_AWS_ALONE
    assert all("BucketEncryption" in it for it in of_type("AWS::S3::Bucket").values())


def test_no_bucket_is_ever_public() -> None:
    for bucket in of_type("AWS::S3::Bucket").values():
        blocks = bucket["PublicAccessBlockConfiguration"]
        assert len(blocks) == 4
        assert all(blocks.values())


def test_what_is_about_visitors_goes_by_itself() -> None:
    customers = of_type("AWS::DynamoDB::Table")["CustomersTable"]

    assert customers["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_a_picture_is_served_from_where_it_cannot_run() -> None:
    (distribution,) = of_type("AWS::CloudFront::Distribution").values()
    behaviours = distribution["DistributionConfig"]["CacheBehaviors"]
    headers = {it["PathPattern"]: it["ResponseHeadersPolicyId"]["Ref"] for it in behaviours}
    policies = of_type("AWS::CloudFront::ResponseHeadersPolicy")

    media, static = (
        policies[headers[path]]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
        for path in ("/media/*", "/static/*")
    )

    assert media["ContentSecurityPolicy"]["ContentSecurityPolicy"] == "sandbox"
    assert media["ContentTypeOptions"] == static["ContentTypeOptions"] == {"Override": True}
    assert static["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000


def test_the_front_door_speaks_tls_to_both_sides_and_keeps_no_page() -> None:
    (distribution,) = of_type("AWS::CloudFront::Distribution").values()
    told = distribution["DistributionConfig"]
    doors = [told["DefaultCacheBehavior"], *told["CacheBehaviors"]]

    assert {it["ViewerProtocolPolicy"] for it in doors} == {"redirect-to-https"}
    (api,) = (it["CustomOriginConfig"] for it in told["Origins"] if "CustomOriginConfig" in it)
    assert api == {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]}
    caching_disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # a policy of AWS's own
    assert told["DefaultCacheBehavior"]["CachePolicyId"] == caching_disabled


def test_every_route_is_throttled_and_those_that_cost_most_are_throttled_most() -> None:
    (stage,) = of_type("AWS::ApiGatewayV2::Stage").values()
    usual, own = stage["DefaultRouteSettings"], stage["RouteSettings"]
    routes = {it["RouteKey"] for it in of_type("AWS::ApiGatewayV2::Route").values()}

    assert usual["ThrottlingRateLimit"] > 0
    assert routes == {"$default", *own}
    for settings in own.values():
        assert 0 < settings["ThrottlingRateLimit"] < usual["ThrottlingRateLimit"]
        assert 0 < settings["ThrottlingBurstLimit"] < usual["ThrottlingBurstLimit"]


def test_every_function_logs_into_a_group_of_its_own_that_forgets() -> None:
    groups = of_type("AWS::Logs::LogGroup")
    used = [it["LoggingConfig"]["LogGroup"]["Ref"] for it in of_type(FUNCTION).values()]

    assert sorted(used) == sorted(groups)
    assert {json.dumps(it["RetentionInDays"]) for it in groups.values()} == {
        '{"Ref": "LogRetentionDays"}'
    }


def allowed(function: Resource) -> Iterator[tuple[str, Any]]:
    for policy in function.get("Policies", ()):
        for it in policy["Statement"]:
            actions = it["Action"] if isinstance(it["Action"], list) else [it["Action"]]
            yield from ((action, it["Resource"]) for action in actions)


def test_a_function_may_do_named_things_to_named_resources() -> None:
    for function in of_type(FUNCTION).values():
        assert "Role" not in function  # each has its own
        for action, resource in allowed(function):
            assert "*" not in action
            assert resource != "*" or action in ANYWHERE


def test_two_functions_may_read_the_secret_and_nobody_types_it() -> None:
    readers = {
        name
        for name, function in of_type(FUNCTION).items()
        if "secretsmanager:GetSecretValue" in dict(allowed(function))
    }
    (secret,) = of_type("AWS::SecretsManager::Secret").values()

    assert readers == {"WebFunction", "EmailWorkerFunction"}
    assert secret["GenerateSecretString"]["PasswordLength"] >= 64
    assert "SecretString" not in secret


def test_no_queue_can_call_up_functions_without_end(print_figure: PrintFigure) -> None:
    mappings = of_type("AWS::Lambda::EventSourceMapping").values()
    from_queues = [it for it in mappings if "ScalingConfig" in it]

    assert all(it["ScalingConfig"]["MaximumConcurrency"] for it in from_queues)
    assert len(from_queues) == len(mappings) - 1  # the stream has a shard or two
    print_figure(f"template: {len(RESOURCES)} resources looked at")
