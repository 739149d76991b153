"""Deploy the very template that goes to AWS to the local cloud, doing no more than has changed."""

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from infra.build.bundles import ROOT, staged
from infra.build.wheels import HERE
from infra.local import artifacts
from infra.local.artifacts import Artifact, pack, upload
from infra.local.cloud import LocalCloud
from infra.local.packaging import (
    Definition,
    Template,
    bundle_of_each_function,
    definitions,
    packaged,
    read,
)
from infra.local.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client

# A laptop's shop does in seconds what takes a real one minutes.
LOCAL_PARAMETERS = {
    "MerchantEmails": "merchant@hearth.example",
    "PackingSeconds": "20",
    "ReviewSeconds": "600",
    "ChargeMaxAttempts": "6",  # about a minute
    "StuckAfterSeconds": "120",
    "InteractiveTimeouts": "false",
    "ReconcileSchedule": "rate(1 minute)",
    "RestartDelaySeconds": "5",
    "RequireTls": "false",  # the local cloud speaks nothing else
}

# The stack carries the hash of what it was made from. Restored state thus says itself whether it
# is current; a note in a file beside it could not, after a shop that was killed.
FINGERPRINT = "hearth-and-clay:fingerprint"


@dataclass(frozen=True)
class Deployment:
    """What is deployed now, and what had to be done for it: `updated` names bundles."""

    outputs: Mapping[str, str]
    stack_changed: bool
    updated: tuple[str, ...]


def deploy(
    cloud: LocalCloud, overrides: Mapping[str, str] | None = None, root: Path = ROOT
) -> Deployment:
    """Make the local stack what the working tree says. Raises `Trouble` with the reason."""
    folder = root / "infra"
    template = read(folder / "template.yaml")
    parameters = _parameters(cloud, template, overrides or {})
    with staged(HERE, root) as folders, ThreadPoolExecutor() as pool:
        packed = dict(zip(folders, pool.map(pack, folders.values()), strict=True))
    stack = Stack(cloud.client("cloudformation"))
    workflows = definitions(template, folder)
    fingerprint = _fingerprint(template, workflows, parameters)
    changed = not (stack.usable() and stack.tag(FINGERPRINT) == fingerprint)
    if changed:
        upload(cloud.client("s3"), packed.values())
        _upload_definitions(cloud.client("s3"), workflows)
        address = _send(cloud, packaged(template, packed, workflows))
        stack.bring_to(address, parameters, {FINGERPRINT: fingerprint})
    updated = _update_older_functions(cloud, stack, bundle_of_each_function(template), packed)
    return Deployment(stack.outputs(), changed, updated)


def _parameters(
    cloud: LocalCloud, template: Template, overrides: Mapping[str, str]
) -> dict[str, str]:
    wanted = {
        **LOCAL_PARAMETERS,
        "BaseUrl": cloud.shop_url,
        # Where presigned uploads go: the page's security policy must name it.
        "UploadOrigin": cloud.url,
        **overrides,
    }
    return {name: wanted[name] for name in template.get("Parameters", {}) if name in wanted}


def _fingerprint(
    template: Template, workflows: Mapping[str, Definition], parameters: Mapping[str, str]
) -> str:
    keys = {name: definition.key for name, definition in workflows.items()}
    content = json.dumps([template, keys, parameters], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _upload_definitions(s3: "S3Client", workflows: Mapping[str, Definition]) -> None:
    for definition in workflows.values():
        s3.put_object(Bucket=artifacts.BUCKET, Key=definition.key, Body=definition.text)


def _send(cloud: LocalCloud, template: Template) -> str:
    """By address, since a template sent in the request may have 51,200 bytes at most."""
    s3: S3Client = cloud.client("s3")
    s3.put_object(Bucket=artifacts.BUCKET, Key="template.json", Body=json.dumps(template))
    return f"{cloud.url}/{artifacts.BUCKET}/template.json"


def _update_older_functions(
    cloud: LocalCloud, stack: Stack, bundles: Mapping[str, str], packed: Mapping[str, Artifact]
) -> tuple[str, ...]:
    functions: LambdaClient = cloud.client("lambda")
    names = stack.resources("AWS::Lambda::Function")
    pages = functions.get_paginator("list_functions").paginate()
    running = {it["FunctionName"]: it["CodeSha256"] for page in pages for it in page["Functions"]}
    older = {
        logical_id: packed[bundle]
        for logical_id, bundle in bundles.items()
        if running.get(names[logical_id]) != packed[bundle].code_sha256
    }
    upload(cloud.client("s3"), older.values())
    for logical_id, artifact in older.items():
        functions.update_function_code(
            FunctionName=names[logical_id], S3Bucket=artifacts.BUCKET, S3Key=artifact.key
        )
    return tuple(sorted({artifact.bundle for artifact in older.values()}))
