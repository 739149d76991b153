"""Load the demo catalog into the running shop, once; a repeat changes nothing."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
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
COVERS_ONLY = "--covers-only"

type ReportDetail = Callable[[str], None]
type ReportError = Callable[[UserError], None]
type Seeder = subprocess.Popen[str]


def seed(cloud: LocalCloud, report: ReportDetail = lambda _: None) -> bool:
    """Create the products and upload their images. Returns ``False`` if they exist already.

    Raises ``UserError`` if it fails.
    """
    if _is_seeded(cloud):
        return False
    _finish(cloud, _start_seeder(cloud), report)
    return True


def seed_covers(cloud: LocalCloud, report: ReportDetail = lambda _: None) -> None:
    """Create the products with the images that lists and first views show; ``seed`` adds the rest.

    Raises ``UserError`` if it fails.
    """
    if not _is_seeded(cloud):
        wait_for_seeder(_start_seeder(cloud, COVERS_ONLY), report)


@contextmanager
def seeding_the_rest(cloud: LocalCloud, on_error: ReportError) -> Iterator[None]:
    """Upload the remaining images while the block runs.

    The end of the block stops the uploads; the next start continues with the first missing image.
    """
    if _is_seeded(cloud):
        yield
        return
    seeder = _start_seeder(cloud)
    thread = Thread(target=_finish_or_report, args=(cloud, seeder, on_error))
    thread.start()
    try:
        yield
    finally:
        seeder.terminate()
        thread.join()


def _start_seeder(cloud: LocalCloud, *options: str) -> Seeder:
    return start_seeder(
        cloud.env | function_environment(cloud, "app.admin_lambda_handler.handler"), *options
    )


def start_seeder(environment: Mapping[str, str], *options: str) -> Seeder:
    """Start a process that creates what is missing of the demo catalog.

    Its environment is that of the admin function, so the application's code reads its settings.
    It ends when this process ends, however that happens: its input is then closed.
    """
    return subprocess.Popen(
        [sys.executable, "-m", "infra.local.seed_products", *options],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _finish(cloud: LocalCloud, seeder: Seeder, report: ReportDetail) -> None:
    """Wait for the seeder, then mark the catalog as complete."""
    fingerprint = _fingerprint()
    wait_for_seeder(seeder, report)
    s3: S3Client = cloud.client("s3")
    s3.put_object(Bucket=artifacts.BUCKET, Key=MARKER_KEY, Body=fingerprint.encode())


def _finish_or_report(cloud: LocalCloud, seeder: Seeder, on_error: ReportError) -> None:
    try:
        _finish(cloud, seeder, lambda _: None)
    except UserError as error:
        if seeder.returncode > 0:  # a negative one is the signal that stopped it
            on_error(error)


def wait_for_seeder(seeder: Seeder, report: ReportDetail) -> None:
    """Raises ``UserError`` with what went wrong if the process failed.

    Ctrl-C ends the process, which would wait up to a minute for the images that it has begun.
    """
    with seeder:
        try:
            for line in seeder.stdout or ():
                report(line.strip())
            errors = seeder.stderr.read() if seeder.stderr else ""
        except KeyboardInterrupt:
            seeder.terminate()
            raise
    if seeder.returncode:
        raise UserError(f"Seeding failed: {(errors.splitlines() or ['no output'])[-1]}")


def best_stocked_skus() -> list[str]:
    """All SKUs of the demo catalog, those with the most stock first."""
    products = json.loads((SEED_DATA / "products.json").read_text())["products"]
    variants = [variant for product in products for variant in product["variants"]]
    return [it["sku"] for it in sorted(variants, key=lambda it: it["stock"], reverse=True)]


def _is_seeded(cloud: LocalCloud) -> bool:
    s3: S3Client = cloud.client("s3")
    try:
        marker = s3.get_object(Bucket=artifacts.BUCKET, Key=MARKER_KEY)["Body"].read()
    except ClientError:
        return False
    return marker.decode() == _fingerprint()


def _fingerprint() -> str:
    digest = hashlib.sha256((SEED_DATA / "products.json").read_bytes())
    for image in sorted((SEED_DATA / "images").iterdir()):
        digest.update(image.name.encode() + image.read_bytes())
    return digest.hexdigest()
