"""Deletes objects of S3 in batches."""

from collections.abc import Iterable
from itertools import batched
from typing import TYPE_CHECKING, Any

from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

MAX_KEYS = 1_000  # of one request, as S3 limits it


def delete_objects(s3: "S3Client", bucket: str, versions: Iterable[tuple[str, str]]) -> None:
    """Delete these versions, each by key and id; an empty id means the newest.

    A repeat changes nothing. Raises ``UserError`` if S3 keeps one.
    """
    for batch in batched(versions, MAX_KEYS):
        objects: list[ObjectIdentifierTypeDef] = [
            {"Key": key, "VersionId": version} if version else {"Key": key}
            for key, version in batch
        ]
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
        if errors := answer.get("Errors"):
            raise UserError(f"{errors[0].get('Key')} could not be deleted from {bucket}.")


def empty_buckets(stack: DeployedStack) -> int:
    """Delete all objects, since AWS deletes only empty buckets. Returns their number."""
    s3 = stack.client("s3")
    return sum(empty_bucket(s3, name) for name in stack.resources("AWS::S3::Bucket").values())


def empty_bucket(s3: "S3Client", bucket: str) -> int:
    """Delete all versions of all objects, and return their number; 0 if there is no bucket."""
    deleted = 0
    try:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            versions: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            delete_objects(s3, bucket, [(it["Key"], it["VersionId"]) for it in versions])
            deleted += len(versions)
    except s3.exceptions.NoSuchBucket:
        pass  # of a half-made stack, or deleted by hand
    return deleted
