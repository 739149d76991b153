"""The two emulators of the tests: one without functions, and one with the whole deployed stack.

Rules are tested against the first: it has the template's tables, queues, topic and buckets, but no
function and no workflow.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.aws import clients
from app.persistence.dynamodb import connection
from app.settings import Settings, settings
from infra.build.bundles import ROOT
from infra.local import artifacts
from infra.local.aws_refusals import enforce_limits
from infra.local.cloud import LocalCloud
from infra.local.packaging import Template, read_template
from infra.local.ports import find_free_port
from infra.local.stack import Stack
from infra.local.startup import LocalShop
from tests.process_caches import clear_caches

MERCHANT = "merchant@hearth.example"  # an owner of the shop
STAFF = "staff@hearth.example"
ACCOUNT = "000000000000"
SETTING_NAMES = frozenset(name.upper() for name in Settings.__struct_fields__)
SENDER = "CreateSenderIdentity"  # the only condition that is true without CloudFront
STATEFUL_TYPES = {
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::Logs::LogGroup",
    "AWS::SQS::QueuePolicy",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SNS::Subscription",
    "AWS::SecretsManager::Secret",
    "AWS::SES::EmailIdentity",
    "AWS::SES::ConfigurationSet",
}
# Template parameters that shorten days to seconds, so that tests see each timeout.
FAST_PARAMETERS = {
    "PackingSeconds": "1",
    "ReviewSeconds": "10",
    "ChargeMaxAttempts": "6",
    "StuckAfterSeconds": "600",
    "ReconcileSchedule": "rate(1 day)",  # tests invoke the reconciler themselves
    "VerifySchedule": "rate(1 day)",
    "RetentionSchedule": "rate(1 day)",
    "RestartDelaySeconds": "1",
    "ProviderOutageSeconds": "3",
    "OrdersPerNetwork": "1000",  # all tests come from one network
    "UnitsPerNetwork": "100000",
    "EdgeCacheSeconds": "0",  # tests look at once at what they have edited
    "EmailsPerAddress": "100",  # tests send many emails to the same few addresses
}

PASSIVE_PARAMETERS = {
    "OwnerEmails": MERCHANT,
    "StaffEmails": STAFF,
    "MailFrom": "orders@hearth.example",
    "RequireTls": "false",
}

enforce_limits()  # every AWS client of the tests refuses what AWS would refuse


@dataclass(frozen=True)
class DeployedShop:
    """The deployed stack: its URL, its emulator and its outputs."""

    url: str
    cloud: LocalCloud
    outputs: Mapping[str, str]


@contextmanager
def passive_cloud(home: Path) -> Iterator[LocalCloud]:
    """An emulator with the template's stateful resources, ready in three seconds."""
    cloud = LocalCloud(home, find_free_port(), find_free_port())
    cloud.start()
    try:
        s3 = cloud.client("s3")
        artifacts.upload(s3, ())  # creates the bucket for the template
        body = stateful_template().encode()
        s3.put_object(Bucket=artifacts.BUCKET, Key="stateful.json", Body=body)
        address = f"{cloud.url}/{artifacts.BUCKET}/stateful.json"
        parameters = PASSIVE_PARAMETERS | {"ProxyUrl": cloud.shop_url}
        Stack(cloud.client("cloudformation")).deploy(address, parameters, {})
        yield cloud
    finally:
        cloud.stop()


@contextmanager
def deployed_shop(home: Path) -> Iterator[DeployedShop]:
    """The whole stack from the template that is deployed to AWS, with short timeouts."""
    shop = LocalShop(home, find_free_port(), find_free_port())
    with shop.open(FAST_PARAMETERS) as deployed:
        yield DeployedShop(shop.url, shop.cloud, deployed.outputs)


def use_cloud(environment: Mapping[str, str]) -> None:
    """Point the code in this process at another emulator, with these environment variables."""
    names = {"AWS_ENDPOINT_URL", *SETTING_NAMES}
    if all(os.environ.get(name) == environment.get(name) for name in names):
        return
    for name in names:
        os.environ.pop(name, None)
    os.environ.update(environment)
    for cached in (settings, connection, clients.client, clients._session):
        cached.cache_clear()
    clear_caches()


def passive_settings(cloud: LocalCloud) -> dict[str, str]:
    """The environment variables that the template would set."""
    return {
        **cloud.env,
        "STACK_NAME": "hearth-and-clay",
        "BASE_URL": cloud.shop_url,
        "UPLOAD_ORIGIN": cloud.url,
        "TOPIC_ARN": f"arn:aws:sns:eu-central-1:{ACCOUNT}:hearth-and-clay-order-events",
        "UPLOAD_BUCKET": f"hearth-and-clay-uploads-{ACCOUNT}-eu-central-1",
        "MEDIA_BUCKET": f"hearth-and-clay-media-{ACCOUNT}-eu-central-1",
        "SECRET_NAME": "hearth-and-clay/signing-secret",
        "WEBHOOK_SECRET_NAME": "hearth-and-clay/payment-webhook-secret",
        "MAIL_FROM": "orders@hearth.example",
        "OWNER_EMAILS": MERCHANT,
        "STAFF_EMAILS": STAFF,
        "EMAILS_PER_ADDRESS": "0",
        "DEAD_LETTER_QUEUE_URL": f"{cloud.url}/{ACCOUNT}/hearth-and-clay-email-dead-letters",
    }


def deployed_settings(shop: DeployedShop) -> dict[str, str]:
    """The environment variables of all deployed functions, together."""
    variables = dict(shop.cloud.env)
    for page in shop.cloud.client("lambda").get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            variables |= function.get("Environment", {}).get("Variables", {})
    return variables


def stateful_template() -> str:
    """The template with the resources that hold data only, as JSON."""
    template = read_template(ROOT / "infra/template.yaml")
    resources = {
        name: _without_notifications(resource)
        for name, resource in template["Resources"].items()
        if resource["Type"] in STATEFUL_TYPES and resource.get("Condition", SENDER) == SENDER
    }
    rest = {part: template[part] for part in ("Parameters", "Conditions")}
    outputs = {"ShopTimeZone": template["Outputs"]["ShopTimeZone"]}
    return json.dumps({**rest, "Resources": resources, "Outputs": outputs})


def _without_notifications(resource: Template) -> Template:
    """Without a bucket's notifications, and without dependencies on other resources."""
    left_out = ("NotificationConfiguration", "CorsConfiguration")
    remaining = {name: it for name, it in resource["Properties"].items() if name not in left_out}
    return {"Type": resource["Type"], "Properties": remaining}


@contextmanager
def replace_settings(**values: str) -> Iterator[None]:
    """Inside the block, all other settings have their defaults, whatever cloud is in use."""
    with override_settings():
        for name in SETTING_NAMES:
            os.environ.pop(name, None)
        with override_settings(**values):
            yield


@contextmanager
def override_settings(**values: str) -> Iterator[None]:
    """Override settings inside the block: ``override_settings(packing_seconds="0")``."""
    before = dict(os.environ)
    os.environ.update({name.upper(): value for name, value in values.items()})
    settings.cache_clear()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()
