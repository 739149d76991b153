"""Deploy infra/template.yaml to the local cloud; only changed parts are updated."""

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from infra.build.bundles import ROOT, staged_bundles
from infra.build.wheels import LOCAL
from infra.local import artifacts
from infra.local.artifacts import Artifact, pack, upload
from infra.local.cloud import LocalCloud
from infra.local.packaging import (
    Definition,
    Template,
    bundles_by_function,
    package_template,
    read_template,
    state_machine_definitions,
)
from infra.local.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client

# Shorter times than on AWS, so that a developer sees each step.
LOCAL_PARAMETERS = {
    "OwnerEmails": "merchant@hearth.example",
    "StaffEmails": "staff@hearth.example",
    "MailFrom": "orders@hearth.example",
    "PackingSeconds": "20",
    "ReviewSeconds": "600",
    "ChargeMaxAttempts": "6",  # about a minute
    "StuckAfterSeconds": "120",
    "InteractiveTimeouts": "false",
    "ReconcileSchedule": "rate(1 minute)",
    "VerifySchedule": "rate(10 minutes)",
    "RestartDelaySeconds": "5",
    "OrdersPerNetwork": "1000",  # a developer orders again and again
    "UnitsPerNetwork": "100000",
    "EmailsPerAddress": "100",  # a developer orders again and again
    "LoadTestKey": "of-the-local-cloud-only-0123456789ab",  # `shop load` has one address
    "RequireOriginSecret": "true",  # the local proxy sends it, as CloudFront does
    "Stage": "production",  # the local cloud has no limit of ten functions
    "RequireTls": "false",  # the local cloud speaks plain HTTP
}

# This stack tag holds a hash of template, workflow and parameters. Restored state is thus known to
# be current or not, also after the shop was killed.
FINGERPRINT = "hearth-and-clay:fingerprint"


@dataclass(frozen=True)
class Deployment:
    """The stack's outputs, and what changed; ``updated`` are names of bundles."""

    outputs: Mapping[str, str]
    stack_changed: bool
    updated: tuple[str, ...]


def deploy(
    cloud: LocalCloud, overrides: Mapping[str, str] | None = None, root: Path = ROOT
) -> Deployment:
    """Deploy the working tree. Raises ``UserError`` with the reason if that fails."""
    folder = root / "infra"
    template = read_template(folder / "template.yaml")
    parameters = _parameters(cloud, template, overrides or {})
    with staged_bundles(LOCAL, root) as folders, ThreadPoolExecutor() as pool:
        packed = dict(zip(folders, pool.map(pack, folders.values()), strict=True))
    stack = Stack(cloud.client("cloudformation"))
    workflows = state_machine_definitions(template, folder)
    fingerprint = _fingerprint(template, workflows, parameters)
    changed = not (stack.is_usable() and stack.tag(FINGERPRINT) == fingerprint)
    if changed:
        upload(cloud.client("s3"), packed.values())
        _upload_definitions(cloud.client("s3"), workflows)
        template_url = _upload_template(cloud, package_template(template, packed, workflows))
        stack.deploy(template_url, parameters, {FINGERPRINT: fingerprint})
    updated = _update_outdated_functions(cloud, stack, bundles_by_function(template), packed)
    return Deployment(stack.outputs(), changed, updated)


def _parameters(
    cloud: LocalCloud, template: Template, overrides: Mapping[str, str]
) -> dict[str, str]:
    values = {
        **LOCAL_PARAMETERS,
        "ProxyUrl": cloud.shop_url,
        # Presigned uploads go there, so the Content Security Policy must allow it.
        "UploadOrigin": cloud.url,
        **overrides,
    }
    return {name: values[name] for name in template.get("Parameters", {}) if name in values}


def _fingerprint(
    template: Template, workflows: Mapping[str, Definition], parameters: Mapping[str, str]
) -> str:
    keys = {name: definition.key for name, definition in workflows.items()}
    content = json.dumps([template, keys, parameters], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _upload_definitions(s3: "S3Client", workflows: Mapping[str, Definition]) -> None:
    for definition in workflows.values():
        s3.put_object(Bucket=artifacts.BUCKET, Key=definition.key, Body=definition.text)


def _upload_template(cloud: LocalCloud, template: Template) -> str:
    """Returns the URL. A template in the request itself may have at most 51,200 bytes."""
    s3: S3Client = cloud.client("s3")
    s3.put_object(Bucket=artifacts.BUCKET, Key="template.json", Body=json.dumps(template))
    return f"{cloud.url}/{artifacts.BUCKET}/template.json"


def _update_outdated_functions(
    cloud: LocalCloud, stack: Stack, bundles: Mapping[str, str], packed: Mapping[str, Artifact]
) -> tuple[str, ...]:
    functions: LambdaClient = cloud.client("lambda")
    names = stack.resources("AWS::Lambda::Function")
    pages = functions.get_paginator("list_functions").paginate()
    running = {it["FunctionName"]: it["CodeSha256"] for page in pages for it in page["Functions"]}
    outdated = {
        logical_id: packed[bundle]
        for logical_id, bundle in bundles.items()
        if running.get(names[logical_id]) != packed[bundle].code_sha256
    }
    upload(cloud.client("s3"), outdated.values())
    for logical_id, artifact in outdated.items():
        functions.update_function_code(
            FunctionName=names[logical_id], S3Bucket=artifacts.BUCKET, S3Key=artifact.key
        )
    return tuple(sorted({artifact.bundle for artifact in outdated.values()}))
