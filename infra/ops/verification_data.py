"""Read the snapshot that app.verification checks from a deployed stack."""

import time
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from app.aws.table_reader import TableReader
from app.verification import Snapshot
from app.verification.snapshot import Row, leave_out_newer
from infra.local.console.emails import Mailbox
from infra.ops.deployed_stack import DeployedStack
from infra.ops.sent_emails import exclude_orders, match_emails

TABLES = {
    "orders": "orders",
    "stock": "stock",
    "ledger": "stock-ledger",
    "sales": "sales",
    "provider": "provider-records",
    "carrier": "carrier-records",
    "catalog": "catalog",
}
FORCED_OUTCOME_ID = "forced_outcome"  # a fault-injection row of the carrier, not a parcel
READ_INTERVAL = 0.5  # seconds


def read_stable_snapshot(shop: DeployedStack, *, timeout: float = 20) -> Snapshot | None:
    """Read until two snapshots in a row are equal; ``None`` if that takes over ``timeout`` s."""
    deadline = time.monotonic() + timeout
    previous = read_snapshot(shop)
    while time.monotonic() < deadline:
        time.sleep(READ_INTERVAL)
        current = read_snapshot(shop)
        if current == previous:
            return current
        previous = current
    return None


def read_snapshot(shop: DeployedStack) -> Snapshot:
    """All tables and buckets; sent emails only locally, because SES does not keep them."""
    tables: dict[str, Any] = {name: _rows(shop, table) for name, table in TABLES.items()}
    tables["carrier"] = [row for row in tables["carrier"] if row["reference"] != FORCED_OUTCOME_ID]
    for table in ("orders", "catalog"):
        tables[table] = list(leave_out_newer(tables[table]))
    buckets = shop.resources("AWS::S3::Bucket")
    snapshot = Snapshot(
        **tables,
        time_zone=shop.outputs()["ShopTimeZone"],
        uploads=_object_keys(shop, buckets["UploadBucket"]),
        media=_object_keys(shop, buckets["MediaBucket"]),
    )
    if shop.cloud is None:
        return snapshot
    emails = exclude_orders(shop.cloud.state_dir.undone_orders(), Mailbox(shop.cloud).list_emails())
    return replace(snapshot, emails=match_emails(emails, snapshot.events))


def _rows(shop: DeployedStack, table: str) -> list[Row]:
    """All rows in a fixed order, so that two snapshots can be compared."""
    rows = TableReader(shop.client("dynamodb"), shop.stack_name).scan(table)
    return sorted(rows, key=lambda row: str(sorted(map(str, row.items()))))


def _object_keys(shop: DeployedStack, bucket: str) -> frozenset[str] | None:
    """``None`` if the bucket cannot be listed or is empty."""
    pages = shop.client("s3").get_paginator("list_objects_v2")
    try:
        keys = [item["Key"] for page in pages.paginate(Bucket=bucket) for item in page["Contents"]]
    except (ClientError, KeyError):
        return None
    return frozenset(keys)
