"""Upload styles, scripts and images for CloudFront, each version under a path of its own."""

import mimetypes
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.aws.s3_objects import delete_objects
from infra.build.bundles import ROOT
from infra.build.static_files import static_files, static_version
from infra.user_error import UserError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CACHE_FOREVER = "public, max-age=31536000, immutable"  # the path changes with the content
# A page that was opened before an update still loads the files of its own version.
KEEP_OLD_VERSIONS = timedelta(days=1)
TYPES = {".webp": "image/webp", ".woff2": "font/woff2"}  # not every system knows them


def upload_static_files(s3: "S3Client", bucket: str, root: Path = ROOT) -> tuple[str, int]:
    """Upload the current version. Returns it and the number of files; a repeat uploads them again.

    Do this before the functions are updated: their pages link to these files. Raises ``UserError``
    if the staged bundle links to other ones.
    """
    version = static_version(root)
    _require_same_version(root / "build/web/frontend/static_version.txt", version)
    files = dict(static_files(root / "frontend/static"))
    for name, content in files.items():
        s3.put_object(
            Bucket=bucket,
            Key=f"static/{version}/{name}",
            Body=content,
            ContentType=content_type(Path(name)),
            CacheControl=CACHE_FOREVER,
        )
    return version, len(files)


def delete_old_versions(
    s3: "S3Client", bucket: str, current: str, *, now: datetime
) -> tuple[str, ...]:
    """Delete versions that were replaced more than a day ago, and return them."""
    keys: dict[str, list[str]] = {}
    uploaded: dict[str, datetime] = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="static/"):
        for item in page.get("Contents", []):
            version = item["Key"].split("/")[1]
            keys.setdefault(version, []).append(item["Key"])
            uploaded[version] = max(
                item["LastModified"], uploaded.get(version, item["LastModified"])
            )
    expired = expired_versions(uploaded, current, now=now)
    delete_objects(s3, bucket, [(key, "") for version in expired for key in keys[version]])
    return expired


def expired_versions(
    uploaded: Mapping[str, datetime], current: str, *, now: datetime
) -> tuple[str, ...]:
    """Versions whose successor was uploaded more than a day ago; never the current one."""
    in_order = sorted(uploaded, key=lambda version: uploaded[version])
    return tuple(
        version
        for version, successor in pairwise(in_order)
        if version != current and now - uploaded[successor] > KEEP_OLD_VERSIONS
    )


def content_type(path: Path) -> str:
    """The content type by extension. Raises ``UserError`` for an unknown one: nosniff is set."""
    known: Any = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    if known is None:
        raise UserError(f"{path.name} has no known content type: add it to TYPES.")
    return str(known)


def _require_same_version(staged: Path, version: str) -> None:
    if staged.exists() and staged.read_text().strip() != version:
        raise UserError(
            "The staged web bundle links to another version of frontend/static. Run "
            "`python -m infra.build.bundles --for aws` first."
        )
