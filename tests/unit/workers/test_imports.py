from datetime import UTC, datetime, timedelta
from urllib.parse import quote_plus

import pytest

from app.catalog.catalog_cache import whole_catalogue
from app.catalog.imports.jobs import ask_for_import, find_import
from app.catalog.imports.rows import LARGEST_FILE, Import, import_key
from app.settings import settings
from infra.local.cloud import LocalCloud
from tests.builders import NOON, ALongTime, a_product
from workers.imports import handler


def _uploaded(cloud: LocalCloud, content: bytes) -> Import:
    """A file that was asked for, and whose upload S3 has told us of, twice."""
    it = ask_for_import(by="anna@hearth.example", now=NOON)
    key = import_key(it.import_id)
    cloud.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=content)
    record = {"s3": {"object": {"key": quote_plus(key), "sequencer": "A1"}}}
    handler({"Records": [record, record]}, ALongTime())
    return find_import(it.import_id)


def test_a_file_is_read_and_its_pieces_changed(tables: LocalCloud) -> None:
    product = a_product(price=2_450)

    it = _uploaded(tables, f"slug;price\n{product.slug};29.00\n".encode())

    assert (it.state, it.rows) == ("done", 1)
    now = whole_catalogue(NOON).piece(product.slug).product
    assert (now.price, now.version) == (2_900, 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (bytes(LARGEST_FILE + 1), "The file is larger than 2 MB. Please send it in parts."),
        (bytes(5_000_000), "The file is larger than 2 MB. Please send it in parts."),
        (b"slug,price\n" + b"a" * (LARGEST_FILE - 11), "This row has 1 cells"),
        (b"", "The first row has to name the columns"),
        (b"%PDF-1.7", "The first row has to name the columns"),
    ],
)
def test_what_cannot_be_used_is_refused_or_told(
    tables: LocalCloud, content: bytes, said: str
) -> None:
    it = _uploaded(tables, content)

    assert it.settled
    assert it.reason is None or it.reason.startswith(said)


@pytest.mark.parametrize("key", ["imports/x", "imports/", "imports/" + "0" * 26, "imports/a/b"])
def test_an_upload_that_nobody_asked_for_is_nothing(tables: LocalCloud, key: str) -> None:
    handler({"Records": [{"s3": {"object": {"key": key}}}]}, ALongTime())


def test_what_s3_did_not_tell_of_is_read_by_the_clock(tables: LocalCloud) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=8)
    product = a_product(price=2_450)
    came, absent, recent = (
        ask_for_import(by="anna@hearth.example", now=moment)
        for moment in (long_ago, long_ago, datetime.now(UTC))
    )
    for it in (came, recent):
        tables.client("s3").put_object(
            Bucket=settings().upload_bucket,
            Key=import_key(it.import_id),
            Body=f"slug,price\n{product.slug},29.00\n".encode(),
        )

    handler({}, ALongTime(300_000))

    states = [find_import(it.import_id).state for it in (came, absent, recent)]
    assert states == ["done", "waiting", "waiting"]


def test_with_little_time_left_no_file_is_begun(tables: LocalCloud) -> None:
    it = ask_for_import(by="anna@hearth.example", now=datetime.now(UTC) - timedelta(minutes=8))
    key = import_key(it.import_id)
    tables.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=b"slug\nx\n")

    handler({}, ALongTime(60_000))
    assert find_import(it.import_id).state == "waiting"

    handler({}, ALongTime(300_000))
    assert find_import(it.import_id).state == "done"
