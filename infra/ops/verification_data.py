"""Read the books of a deployed shop, and again until two readings are the same."""

import time
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from app.verification.emails import not_about, sent_letters
from app.verification.snapshot import Books, Row, plain
from infra.local.console.emails import Mailbox
from infra.ops.deployed_stack import Deployed

TABLES = {
    "orders": "orders",
    "stock": "stock",
    "ledger": "stock-ledger",
    "sales": "sales",
    "provider": "provider-books",
    "carrier": "carrier-books",
    "catalog": "catalog",
}
MOOD = "mood"  # how a carrier behaves stands among its parcels, and is none
PAUSE = 0.5  # seconds


def steady_books(shop: Deployed, *, patience: float = 20) -> Books | None:
    """The books of one moment; None when the shop is so busy that no two readings are the same."""
    deadline = time.monotonic() + patience
    before = read_books(shop)
    while time.monotonic() < deadline:
        time.sleep(PAUSE)
        now = read_books(shop)
        if now == before:
            return now
        before = now
    return None


def read_books(shop: Deployed) -> Books:
    """On AWS without letters: nobody can read again what SES has sent."""
    tables: dict[str, Any] = {name: _rows(shop, table) for name, table in TABLES.items()}
    tables["carrier"] = [row for row in tables["carrier"] if row["reference"] != MOOD]
    buckets = shop.resources("AWS::S3::Bucket")
    books = Books(
        **tables,
        uploads=_keys(shop, buckets["UploadBucket"]),
        media=_keys(shop, buckets["MediaBucket"]),
    )
    if shop.cloud is None:
        return books
    letters = not_about(shop.cloud.home.taken_back(), Mailbox(shop.cloud).letters())
    return replace(books, letters=sent_letters(letters, books.events))


def _rows(shop: Deployed, table: str) -> list[Row]:
    pages = shop.client("dynamodb").get_paginator("scan")
    name = f"{shop.stack}-{table}"
    found = (page["Items"] for page in pages.paginate(TableName=name, ConsistentRead=True))
    rows = [plain(item) for items in found for item in items]
    return sorted(rows, key=lambda row: str(sorted(map(str, row.items()))))


def _keys(shop: Deployed, bucket: str) -> frozenset[str] | None:
    pages = shop.client("s3").get_paginator("list_objects_v2")
    try:
        found = [it["Key"] for page in pages.paginate(Bucket=bucket) for it in page["Contents"]]
    except (ClientError, KeyError):
        return None
    return frozenset(found)
