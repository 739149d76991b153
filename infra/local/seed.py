"""Fill an empty shop with the demo catalogue, once; a second time is over in a moment."""

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
from infra.local.functions import settings_of
from infra.user_error import Trouble

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CATALOGUE = Path(__file__).parent / "seed_data"
# Kept in the cloud itself, so that it is forgotten together with what was seeded.
NOTE = "shelves-filled.txt"


def seed(cloud: LocalCloud, say: Callable[[str], None] = lambda _: None) -> bool:
    """Put products and pictures on the shelves; False when they were there already.

    In a process of its own, with the environment of the web function: the shop's rules then
    read their settings just as they do in the cloud.
    """
    s3: S3Client = cloud.client("s3")
    wanted = _fingerprint()
    if _noted(s3) == wanted:
        return False
    filling = subprocess.Popen(
        [sys.executable, "-m", "infra.local.seed_products"],
        cwd=ROOT,
        env={**os.environ, **cloud.env, **settings_of(cloud, "app.lambda_handler.handler")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with filling:
        for line in filling.stdout or ():
            say(line.strip())
        said = filling.stderr.read() if filling.stderr else ""
    if filling.returncode:
        raise Trouble(f"The shelves could not be filled: {(said.splitlines() or ['?'])[-1]}")
    s3.put_object(Bucket=artifacts.BUCKET, Key=NOTE, Body=wanted.encode())
    return True


def plentiful_skus() -> list[str]:
    """Those with most pieces first, so that whoever tests finds something to buy."""
    products = json.loads((CATALOGUE / "products.json").read_text())["products"]
    variants = [variant for product in products for variant in product["variants"]]
    return [it["sku"] for it in sorted(variants, key=lambda it: it["stock"], reverse=True)]


def _noted(s3: "S3Client") -> str | None:
    try:
        return s3.get_object(Bucket=artifacts.BUCKET, Key=NOTE)["Body"].read().decode()
    except ClientError:
        return None


def _fingerprint() -> str:
    digest = hashlib.sha256((CATALOGUE / "products.json").read_bytes())
    for picture in sorted((CATALOGUE / "pictures").iterdir()):
        digest.update(picture.name.encode() + picture.read_bytes())
    return digest.hexdigest()
