"""The template's security settings: encryption, TLS, least privilege, throttling, retention."""

import json
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from app.settings import Settings
from app.web.security.authorization import routes_of
from app.web.security.origin import ORIGIN_HEADER
from app.web.storefront import well_known
from infra.build.bundles import ROOT
from tests.printed_figures import PrintFigure
from tests.template_lint.resolver import Resolver

type Resource = dict[str, Any]

TEMPLATE: dict[str, Any] = yaml_parse((ROOT / "infra/template.yaml").read_text())
RESOURCES: dict[str, Resource] = TEMPLATE["Resources"]
FUNCTION = "AWS::Serverless::Function"
ADMIN_ROUTES = {"ANY /admin", "ANY /admin/{proxy+}"}  # with the limits of all routes
CLOUDWATCH_ONLY = {"AlarmTopic"}  # only CloudWatch publishes to it
UNRESTRICTABLE = {  # AWS or the emulator has no resource for these
    "ses:SendEmail",
    "states:SendTaskSuccess",
}


def of_type(kind: str) -> dict[str, Resource]:
    properties = {name: it["Properties"] for name, it in RESOURCES.items() if it["Type"] == kind}
    assert properties, kind
    return properties


def statements(policy: Any) -> Iterator[Resource]:
    """The statements that apply when ``RequireTls`` is true."""
    for it in policy["PolicyDocument"]["Statement"]:
        yield it["Fn::If"][1] if "Fn::If" in it else it


def requires_tls(policy: Any) -> bool:
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    return any(
        it["Effect"] == "Deny" and it["Principal"] == "*" and it.get("Condition") == condition
        for it in statements(policy)
    )


def tls_by_resource(policies: dict[str, Resource], field: str) -> dict[str, bool]:
    """Whether a policy requires TLS, by the logical id of its resource."""
    requires: dict[str, bool] = {}
    for policy in policies.values():
        about = policy[field] if isinstance(policy[field], list) else [policy[field]]
        requires |= {reference["Ref"]: requires_tls(policy) for reference in about}
    return requires


@pytest.mark.parametrize(
    ("kind", "policies", "field"),
    [
        ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "Queues"),
        ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "Topics"),
        ("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "Bucket"),
    ],
)
def test_queues_topics_and_buckets_require_tls(kind: str, policies: str, field: str) -> None:
    resources = of_type(kind).keys() - CLOUDWATCH_ONLY
    assert tls_by_resource(of_type(policies), field) == dict.fromkeys(resources, True)
    assert TEMPLATE["Parameters"]["RequireTls"]["Default"] == "true"


def test_policy_without_tls_requirement_is_found() -> None:
    allows = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}

    assert not requires_tls({"PolicyDocument": {"Statement": [allows]}})


def test_all_stored_data_is_encrypted() -> None:
    for table in of_type("AWS::DynamoDB::Table").values():
        assert table["SSESpecification"]["SSEEnabled"]
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    assert all(it["SqsManagedSseEnabled"] for it in of_type("AWS::SQS::Queue").values())
    topics = of_type("AWS::SNS::Topic").items()
    assert {name for name, it in topics if "KmsMasterKeyId" not in it} == CLOUDWATCH_ONLY
    assert all("BucketEncryption" in it for it in of_type("AWS::S3::Bucket").values())


def test_no_bucket_is_ever_public() -> None:
    for bucket in of_type("AWS::S3::Bucket").values():
        blocks = bucket["PublicAccessBlockConfiguration"]
        assert len(blocks) == 4
        assert all(blocks.values())


def test_visitor_data_expires_by_ttl() -> None:
    customers = of_type("AWS::DynamoDB::Table")["CustomersTable"]

    assert customers["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_uploaded_images_are_served_sandboxed_and_nosniff() -> None:
    (distribution,) = of_type("AWS::CloudFront::Distribution").values()
    behaviours = distribution["DistributionConfig"]["CacheBehaviors"]
    headers = {
        it["PathPattern"]: it["ResponseHeadersPolicyId"]["Ref"]
        for it in behaviours
        if it["TargetOriginId"] != "api"
    }
    policies = of_type("AWS::CloudFront::ResponseHeadersPolicy")

    media, static = (
        policies[headers[path]]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
        for path in ("/media/*", "/static/*")
    )

    assert media["ContentSecurityPolicy"]["ContentSecurityPolicy"] == "sandbox"
    assert media["ContentTypeOptions"] == static["ContentTypeOptions"] == {"Override": True}
    assert static["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000


def test_cloudfront_uses_tls_on_both_sides_and_caches_no_pages() -> None:
    (distribution,) = of_type("AWS::CloudFront::Distribution").values()
    config = distribution["DistributionConfig"]
    behaviors = [config["DefaultCacheBehavior"], *config["CacheBehaviors"]]

    assert {it["ViewerProtocolPolicy"] for it in behaviors} == {"redirect-to-https"}
    (api,) = (it["CustomOriginConfig"] for it in config["Origins"] if "CustomOriginConfig" in it)
    assert api == {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]}
    caching_disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # AWS's managed policy
    assert config["DefaultCacheBehavior"]["CachePolicyId"] == caching_disabled


def test_cloudfront_caches_the_files_that_are_the_same_for_everybody() -> None:
    (distribution,) = of_type("AWS::CloudFront::Distribution").values()
    behaviors = distribution["DistributionConfig"]["CacheBehaviors"]
    of_the_api = [
        it
        for it in behaviors
        if it["TargetOriginId"] == "api" and isinstance(it["CachePolicyId"], str)
    ]
    paths = {route.path for route in routes_of(well_known.router)}

    for path in paths:
        assert any(fnmatch(path, it["PathPattern"]) for it in of_the_api), path
    for behavior in of_the_api:
        assert any(fnmatch(path, behavior["PathPattern"]) for path in paths), behavior
        assert "AllowedMethods" not in behavior  # GET and HEAD only
        assert "OriginRequestPolicyId" not in behavior  # no cookie reaches the application


def test_no_cookie_and_no_other_header_reaches_a_page_that_cloudfront_caches() -> None:
    caches = of_type("AWS::CloudFront::CachePolicy").values()
    (forwarded,) = of_type("AWS::CloudFront::OriginRequestPolicy").values()
    keys = [it["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"] for it in caches]
    request = forwarded["OriginRequestPolicyConfig"]

    assert len(keys) == 3
    assert all(it["CookiesConfig"] == {"CookieBehavior": "none"} for it in (*keys, request))
    assert all(it["HeadersConfig"]["Headers"] == ["HX-Request-Type"] for it in keys)
    assert request["QueryStringsConfig"] == {"QueryStringBehavior": "none"}
    assert {it["CachePolicyConfig"]["DefaultTTL"] for it in caches} == {0}


def test_cloudfront_keeps_no_error() -> None:
    (distribution,) = of_type("AWS::CloudFront::Distribution").values()
    responses = distribution["DistributionConfig"]["CustomErrorResponses"]

    assert {404, 500, 502, 503, 504} <= {it["ErrorCode"] for it in responses}
    assert {it["ErrorCachingMinTTL"] for it in responses} == {0}


def test_certificates_are_those_of_aws() -> None:
    """A custom domain needs one of AWS Certificate Manager, and no other kind can be configured."""
    (distribution,) = of_type("AWS::CloudFront::Distribution").values()
    _, certificate, otherwise = distribution["DistributionConfig"]["ViewerCertificate"]["Fn::If"]

    assert set(certificate) == {"AcmCertificateArn", "SslSupportMethod", "MinimumProtocolVersion"}
    assert certificate["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert otherwise == {"Ref": "AWS::NoValue"}  # the certificate of cloudfront.net


@pytest.mark.parametrize("name", ["demo", "production"])
def test_every_route_is_throttled_and_expensive_routes_more(name: str) -> None:
    stage = Resolver(TEMPLATE, {"Stage": name}).resources()["ApiStage"]["Properties"]
    default, own = stage["DefaultRouteSettings"], stage["RouteSettings"]
    routes = {it["RouteKey"] for it in of_type("AWS::ApiGatewayV2::Route").values()}

    assert default["ThrottlingRateLimit"] > 0
    assert routes == {"$default", *ADMIN_ROUTES, *own}
    for settings in own.values():
        assert 0 < settings["ThrottlingRateLimit"] < default["ThrottlingRateLimit"]
        assert 0 < settings["ThrottlingBurstLimit"] < default["ThrottlingBurstLimit"]


def test_every_function_has_its_own_log_group_with_retention() -> None:
    groups = of_type("AWS::Logs::LogGroup")
    used = [it["LoggingConfig"]["LogGroup"]["Ref"] for it in of_type(FUNCTION).values()]

    assert sorted(used) == sorted(groups)
    assert {json.dumps(it["RetentionInDays"]) for it in groups.values()} == {
        '{"Ref": "LogRetentionDays"}'
    }


def test_functions_only_append_to_logs() -> None:
    """SAM's role allows to create streams and to write; the template grants nothing more."""
    granted = {action for it in of_type(FUNCTION).values() for action, _ in allowed(it)}

    assert [action for action in granted if action.startswith(("logs:", "cloudtrail:"))] == []


def allowed(function: Resource) -> Iterator[tuple[str, Any]]:
    for policy in function.get("Policies", ()):
        for it in policy["Statement"]:
            actions = it["Action"] if isinstance(it["Action"], list) else [it["Action"]]
            yield from ((action, it["Resource"]) for action in actions)


# What the customer ordered and was charged, and what an order is found by: only the web function
# writes it. Retention erases the personal data among it.
CONTRACT = {
    *("lines", "subtotal", "shipping", "total", "tax_rate", "payment_method"),
    *("number", "placed_at", "day_shard", "language", "needs_review", "discount_code"),
}
PERSONAL_DATA = {
    *("email", "email_verified", "owner", "request_hash"),
    *("address", "billing_address", "delivery_note"),
}
ORDERS_TABLE = "OrdersTable.Arn"  # as the YAML reader leaves !GetAtt


def orders_statements(function: Resource, action: str) -> Iterator[Resource]:
    """The statements of a role that allow this action on the orders table."""
    for policy in function.get("Policies", ()):
        for it in policy["Statement"]:
            is_orders = json.dumps({"Fn::GetAtt": ORDERS_TABLE.split(".")}) in json.dumps(
                it["Resource"]
            )
            if is_orders and f"dynamodb:{action}" in as_list(it["Action"]):
                yield it


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def attributes_of(statement: Resource) -> set[str]:
    return set(statement["Condition"]["ForAllValues:StringEquals"]["dynamodb:Attributes"])


def test_only_the_web_and_the_admin_function_may_put_a_row_of_an_order() -> None:
    """A put replaces the whole row, and IAM cannot limit it to a sort key."""
    allowed_to = {
        action: [
            name for name, it in of_type(FUNCTION).items() if any(orders_statements(it, action))
        ]
        for action in ("PutItem", "DeleteItem", "BatchWriteItem", "PartiQLUpdate")
    }

    assert allowed_to == {
        "PutItem": ["WebFunction", "AdminFunction"],
        "DeleteItem": ["RetentionFunction"],
        "BatchWriteItem": [],
        "PartiQLUpdate": [],
    }


# The write that begins a payment has the condition that no review is needed; for IAM a check and a
# change are alike. This function captures payments anyway.
CHECKED = {"ChargeFunction": {"needs_review"}}


def test_roles_may_only_update_named_attributes_and_never_what_was_ordered() -> None:
    updating = {
        name: statement
        for name, function in of_type(FUNCTION).items()
        for statement in orders_statements(function, "UpdateItem")
        if name not in {"WebFunction", "AdminFunction"}
    }

    assert len(updating) == 13
    for name, statement in updating.items():
        forbidden = CONTRACT | (set() if name == "RetentionFunction" else PERSONAL_DATA)
        assert attributes_of(statement) & forbidden == CHECKED.get(name, set()), name
        assert {"order_id", "part"} < attributes_of(statement), name


def test_workers_that_need_no_personal_data_read_only_the_body_of_events() -> None:
    for name in ("AnalyticsWorkerFunction", "InventoryWorkerFunction"):
        (statement,) = orders_statements(of_type(FUNCTION)[name], "GetItem")
        assert attributes_of(statement) == {"order_id", "part", "kind", "body"}
        select = statement["Condition"]["StringEqualsIfExists"]["dynamodb:Select"]
        assert select == "SPECIFIC_ATTRIBUTES"


def test_function_roles_have_no_wildcards() -> None:
    for function in of_type(FUNCTION).values():
        assert "Role" not in function  # SAM creates one role per function
        for action, resource in allowed(function):
            assert "*" not in action
            assert resource != "*" or action in UNRESTRICTABLE


def test_only_two_functions_read_the_generated_signing_secret() -> None:
    assert readers_of("signing-secret") == {"WebFunction", "EmailWorkerFunction"}


def test_only_the_web_function_reads_the_webhook_secret() -> None:
    assert readers_of("payment-webhook-secret") == {"WebFunction"}


def readers_of(secret: str) -> set[str]:
    return {
        name
        for name, function in of_type(FUNCTION).items()
        if secret in str(dict(allowed(function)).get("secretsmanager:GetSecretValue"))
    }


def test_cloudfront_sends_a_secret_that_the_api_requires() -> None:
    """Both name the same version of the secret, so that one deployment changes both."""
    version = "SecretString:{key}::${{OriginSecretVersion}}}}}}"
    (api,) = (it for it in distribution()["Origins"] if it["Id"] == "api")
    (header,) = api["OriginCustomHeaders"]
    environment, of_admin = (
        RESOURCES[name]["Properties"]["Environment"]["Variables"]
        for name in ("WebFunction", "AdminFunction")
    )

    assert of_admin["ORIGIN_SECRET"] == environment["ORIGIN_SECRET"]
    assert header["HeaderName"] == ORIGIN_HEADER
    assert header["HeaderValue"]["Fn::Sub"].endswith(version.format(key="sent"))
    condition, secret, without = environment["ORIGIN_SECRET"]["Fn::If"]
    assert (condition, without) == ("RequiresOriginSecret", "")
    assert secret["Fn::Sub"].endswith(version.format(key=""))
    assert {"Condition": "CreateDistribution"} in TEMPLATE["Conditions"][condition]["Fn::Or"]
    assert [name for name in of_type(FUNCTION) if "ORIGIN_SECRET" in str(RESOURCES[name])] == [
        "WebFunction",
        "AdminFunction",
    ]


def distribution() -> Resource:
    (only,) = of_type("AWS::CloudFront::Distribution").values()
    config: Resource = only["DistributionConfig"]
    return config


def test_web_acl_is_optional_and_limits_each_address() -> None:
    acl: Resource = yaml_parse((ROOT / "infra/waf.yaml").read_text())["Resources"]["WebAcl"]
    rules = {it["Name"]: it for it in acl["Properties"]["Rules"]}
    limited = {name for name, it in rules.items() if "RateBasedStatement" in it["Statement"]}

    assert distribution()["WebACLId"]["Fn::If"][0] == "HasWebAcl"
    assert TEMPLATE["Parameters"]["WebAclArn"]["Default"] == ""
    assert acl["Properties"]["Scope"] == "CLOUDFRONT"
    assert limited == {"requests-per-address", "posts-per-address"}
    assert len(rules) == 4  # 1 USD a month each: the head of the file states the price


def test_no_account_exists_by_default() -> None:
    """Only the operator's parameter makes an address a merchant's."""
    assert "Default" not in TEMPLATE["Parameters"]["OwnerEmails"]
    assert Settings().merchants == frozenset()


def test_every_secret_is_generated() -> None:
    secrets = of_type("AWS::SecretsManager::Secret")

    assert set(secrets) == {"SigningSecret", "PaymentWebhookSecret", "OriginSecret"}
    for secret in secrets.values():
        assert secret["GenerateSecretString"]["PasswordLength"] >= 64
        assert "SecretString" not in secret


def test_every_queue_consumer_has_limited_concurrency(print_figure: PrintFigure) -> None:
    mappings = of_type("AWS::Lambda::EventSourceMapping").values()
    from_queues = [it for it in mappings if "ScalingConfig" in it]

    assert all(it["ScalingConfig"]["MaximumConcurrency"] for it in from_queues)
    assert len(from_queues) == len(mappings) - 1  # the stream is limited by its shards
    print_figure(f"template: {len(RESOURCES)} resources checked")
