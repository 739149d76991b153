"""The two local clouds of the tests: one that holds but never acts, and one that runs the shop.

The rules are tested against the first: tables, queues, topic and buckets just as the template
describes them, with no function and no workflow that would do anything of its own accord.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.aws import clients, secrets
from app.catalog import catalog_cache
from app.persistence.dynamodb import connection
from app.settings import Settings, settings
from infra.build.bundles import ROOT
from infra.local import artifacts
from infra.local.cloud import LocalCloud
from infra.local.packaging import Template, read
from infra.local.ports import any_free
from infra.local.stack import Stack
from infra.local.startup import LocalShop

MERCHANT = "merchant@hearth.example"
ACCOUNT = "000000000000"
STATEFUL_TYPES = {
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SNS::Subscription",
    "AWS::SecretsManager::Secret",
    "AWS::SES::EmailIdentity",
}
# Days become seconds, so that a test sees the end of each.
FAST_PARAMETERS = {
    "PackingSeconds": "1",
    "ReviewSeconds": "10",
    "ChargeMaxAttempts": "6",
    "StuckAfterSeconds": "600",
    "ReconcileSchedule": "rate(1 day)",  # the tests call the reconciler themselves
    "RestartDelaySeconds": "1",
    "ProviderOutageSeconds": "3",
}


@dataclass(frozen=True)
class DeployedShop:
    """The deployed shop: its address, its cloud, and what its stack says of itself."""

    url: str
    cloud: LocalCloud
    outputs: Mapping[str, str]


@contextmanager
def passive_cloud(home: Path) -> Iterator[LocalCloud]:
    """A cloud with everything of the template that holds something, ready in three seconds."""
    cloud = LocalCloud(home, any_free(), any_free())
    cloud.start()
    try:
        s3 = cloud.client("s3")
        artifacts.upload(s3, ())  # makes the bucket in which the template is handed over
        s3.put_object(Bucket=artifacts.BUCKET, Key="held.json", Body=_stateful_template())
        address = f"{cloud.url}/{artifacts.BUCKET}/held.json"
        parameters = {
            "BaseUrl": cloud.shop_url,
            "MerchantEmails": MERCHANT,
            "RequireTls": "false",
        }
        Stack(cloud.client("cloudformation")).bring_to(address, parameters, {})
        yield cloud
    finally:
        cloud.stop()


@contextmanager
def deployed_shop(home: Path) -> Iterator[DeployedShop]:
    """The whole shop from the very template that goes to AWS, only quicker to lose patience."""
    shop = LocalShop(home, any_free(), any_free())
    with shop.open(FAST_PARAMETERS) as deployed:
        yield DeployedShop(shop.url, shop.cloud, deployed.outputs)


def use_cloud(environment: Mapping[str, str]) -> None:
    """Let the code in this process speak to that cloud, with those settings, from now on."""
    names = {"AWS_ENDPOINT_URL", *(name.upper() for name in Settings.__struct_fields__)}
    if all(os.environ.get(name) == environment.get(name) for name in names):
        return
    for name in names:
        os.environ.pop(name, None)
    os.environ.update(environment)
    for kept in (settings, connection, clients.client, clients._session, secrets.signing_secret):
        kept.cache_clear()
    catalog_cache.clear_cache()


def passive_settings(cloud: LocalCloud) -> dict[str, str]:
    """What the template would tell its functions about this cloud."""
    return {
        **cloud.env,
        "STACK_NAME": "hearth-and-clay",
        "BASE_URL": cloud.shop_url,
        "UPLOAD_ORIGIN": cloud.url,
        "TOPIC_ARN": f"arn:aws:sns:eu-central-1:{ACCOUNT}:hearth-and-clay-order-events",
        "UPLOAD_BUCKET": f"hearth-and-clay-uploads-{ACCOUNT}",
        "MEDIA_BUCKET": f"hearth-and-clay-media-{ACCOUNT}",
        "SECRET_NAME": "hearth-and-clay/signing-secret",
        "MAIL_FROM": "orders@hearth.example",
        "MERCHANT_EMAILS": MERCHANT,
        "DEAD_LETTER_QUEUE_URL": f"{cloud.url}/{ACCOUNT}/hearth-and-clay-email-dead-letters",
    }


def deployed_settings(shop: DeployedShop) -> dict[str, str]:
    """All that the deployed functions are told, together."""
    found = dict(shop.cloud.env)
    for page in shop.cloud.client("lambda").get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            found |= function.get("Environment", {}).get("Variables", {})
    return found


def _stateful_template() -> bytes:
    template = read(ROOT / "infra/template.yaml")
    held = {
        name: _without_notifications(resource)
        for name, resource in template["Resources"].items()
        if resource["Type"] in STATEFUL_TYPES and "Condition" not in resource
    }
    rest = {part: template[part] for part in ("Parameters", "Conditions")}
    return json.dumps({**rest, "Resources": held}).encode()


def _without_notifications(resource: Template) -> Template:
    """A bucket that tells nobody of its uploads, and has no one to wait for."""
    left_out = ("NotificationConfiguration", "CorsConfiguration")
    kept = {name: it for name, it in resource["Properties"].items() if name not in left_out}
    return {"Type": resource["Type"], "Properties": kept}


@contextmanager
def override_settings(**values: str) -> Iterator[None]:
    """For a while the code in this process is told otherwise: ``told(packing_seconds="0")``."""
    before = dict(os.environ)
    os.environ.update({name.upper(): value for name, value in values.items()})
    settings.cache_clear()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()
