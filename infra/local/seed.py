"""Load the demo catalog into the running shop, once; a repeat changes nothing."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from infra.build.bundles import ROOT
from infra.local import artifacts
from infra.local.cloud import LocalCloud
from infra.local.functions import function_environment
from infra.user_error import UserError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SEED_DATA = Path(__file__).parent / "seed_data"
# This object is kept in the cloud itself, so that it disappears together with the seeded data.
MARKER_KEY = "seeded.txt"


def seed(cloud: LocalCloud, report: Callable[[str], None] = lambda _: None) -> bool:
    """Create the products and upload their images. Returns ``False`` if they exist already.

    Runs in a process of its own with the environment of the web function, so that the
    application's code reads the same settings as in the cloud. Raises ``UserError`` if it fails.
    """
    s3: S3Client = cloud.client("s3")
    fingerprint = _fingerprint()
    if _seeded_fingerprint(s3) == fingerprint:
        return False
    environment = function_environment(cloud, "app.lambda_handler.handler")
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.local.seed_products"],
        cwd=ROOT,
        env={**os.environ, **cloud.env, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        for line in process.stdout or ():
            report(line.strip())
        errors = process.stderr.read() if process.stderr else ""
    if process.returncode:
        raise UserError(f"Seeding failed: {(errors.splitlines() or ['no output'])[-1]}")
    s3.put_object(Bucket=artifacts.BUCKET, Key=MARKER_KEY, Body=fingerprint.encode())
    return True


def best_stocked_skus() -> list[str]:
    """All SKUs of the demo catalog, those with the most stock first."""
    products = json.loads((SEED_DATA / "products.json").read_text())["products"]
    variants = [variant for product in products for variant in product["variants"]]
    return [it["sku"] for it in sorted(variants, key=lambda it: it["stock"], reverse=True)]


def _seeded_fingerprint(s3: "S3Client") -> str | None:
    try:
        return s3.get_object(Bucket=artifacts.BUCKET, Key=MARKER_KEY)["Body"].read().decode()
    except ClientError:
        return None


def _fingerprint() -> str:
    digest = hashlib.sha256((SEED_DATA / "products.json").read_bytes())
    for image in sorted((SEED_DATA / "images").iterdir()):
        digest.update(image.name.encode() + image.read_bytes())
    return digest.hexdigest()
