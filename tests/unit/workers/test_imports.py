from datetime import UTC, datetime, timedelta
from urllib.parse import quote_plus

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import GetError

from app import clock
from app.aws.s3 import put_upload, upload_exists
from app.catalog.catalog_cache import read_full_catalog
from app.catalog.imports import processing
from app.catalog.imports.jobs import count_rows, create_import, find_import
from app.catalog.imports.models import MAX_FILE_BYTES, ImportJob, continuation_key, import_key
from app.settings import settings
from infra.local.cloud import LocalCloud
from tests.builders import NOON, LambdaContextStub, a_product, current_product
from tests.crash_injection import failing_calls
from workers.imports import handler


def _upload(cloud: LocalCloud, content: bytes) -> ImportJob:
    """Request an import, upload the file, and deliver its S3 notification twice."""
    job = create_import(by="anna@hearth.example", now=NOON)
    key = import_key(job.import_id)
    cloud.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=content)
    record = {"s3": {"object": {"key": quote_plus(key), "sequencer": "A1"}}}
    handler({"Records": [record, record]}, LambdaContextStub())
    return find_import(job.import_id)


def test_imported_file_updates_its_products(tables: LocalCloud) -> None:
    product = a_product(price=2_450)

    job = _upload(tables, f"slug;price\n{product.slug};29.00\n".encode())

    assert (job.state, job.rows) == ("done", 1)
    updated = read_full_catalog(NOON).entry(product.slug).product
    assert (updated.price, updated.version) == (2_900, 1)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (bytes(MAX_FILE_BYTES + 1), "The file is larger than 20 MB. Split it into several files."),
        (bytes(25_000_000), "The file is larger than 20 MB. Split it into several files."),
        (b"slug,price\n" + b"a" * (MAX_FILE_BYTES - 11), "This row has 1 cells"),
        (b"", "The file is empty. Choose a file with a first row that names the columns."),
        (b"%PDF-1.7", "This is not a CSV file"),
    ],
)
def test_invalid_file_is_rejected_or_its_rows_have_errors(
    tables: LocalCloud, content: bytes, reason: str
) -> None:
    job = _upload(tables, content)

    assert job.is_finished
    assert job.reason is None or job.reason.startswith(reason)


@pytest.mark.parametrize("key", ["imports/x", "imports/", "imports/" + "0" * 26, "imports/a/b"])
def test_unknown_upload_is_ignored(tables: LocalCloud, key: str) -> None:
    handler({"Records": [{"s3": {"object": {"key": key}}}]}, LambdaContextStub())


def test_schedule_processes_uploads_whose_notification_was_lost(tables: LocalCloud) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=8)
    product = a_product(price=2_450)
    uploaded, missing, recent = (
        create_import(by="anna@hearth.example", now=moment)
        for moment in (long_ago, long_ago, datetime.now(UTC))
    )
    for job in (uploaded, recent):
        tables.client("s3").put_object(
            Bucket=settings().upload_bucket,
            Key=import_key(job.import_id),
            Body=f"slug,price\n{product.slug},29.00\n".encode(),
        )

    handler({}, LambdaContextStub(300_000))

    states = [find_import(it.import_id).state for it in (uploaded, missing, recent)]
    assert states == ["done", "pending", "pending"]


def test_schedule_starts_no_file_with_too_little_time_left(tables: LocalCloud) -> None:
    job = create_import(by="anna@hearth.example", now=datetime.now(UTC) - timedelta(minutes=8))
    key = import_key(job.import_id)
    tables.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=b"slug\nx\n")

    handler({}, LambdaContextStub(60_000))
    assert find_import(job.import_id).state == "pending"

    handler({}, LambdaContextStub(300_000))
    assert find_import(job.import_id).state == "done"


def an_uploaded_job(cloud: LocalCloud, age: timedelta) -> ImportJob:
    product = a_product(price=2_450)
    job = create_import(by="anna@hearth.example", now=datetime.now(UTC) - age)
    cloud.client("s3").put_object(
        Bucket=settings().upload_bucket,
        Key=import_key(job.import_id),
        Body=f"slug,price\n{product.slug},29.00\n".encode(),
    )
    return job


def notify(job: ImportJob, age: timedelta) -> None:
    """Deliver the S3 notification of an upload of this age."""
    time = (datetime.now(UTC) - age).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    s3 = {"object": {"key": import_key(job.import_id), "sequencer": "A1"}}
    handler({"Records": [{"eventTime": time, "s3": s3}]}, LambdaContextStub())


@pytest.mark.parametrize("call", ["GetItem", "HeadObject", "GetObject"])
def test_failed_notification_is_repeated_by_lambda_and_then_left_to_the_schedule(
    tables: LocalCloud, call: str
) -> None:
    """An outage of hours must not fill the dead-letter queue."""
    job = an_uploaded_job(tables, timedelta(minutes=8))
    with failing_calls(call, "ServiceUnavailable"):
        with pytest.raises((ClientError, GetError)):
            notify(job, timedelta(seconds=70))
        notify(job, timedelta(minutes=3))
    assert find_import(job.import_id).state == "pending"

    handler({}, LambdaContextStub(300_000))

    assert find_import(job.import_id).state == "done"


def test_file_that_fails_does_not_stop_the_other_missed_uploads(tables: LocalCloud) -> None:
    failing, fine = (an_uploaded_job(tables, timedelta(minutes=age)) for age in (9, 8))

    with failing_calls(f"GetObject {failing.import_id}", "InternalError"):
        handler({}, LambdaContextStub(300_000))

    assert find_import(failing.import_id).state == "pending"
    assert find_import(fine.import_id).state == "done"


@pytest.mark.parametrize(("hours", "state"), [(26, "done"), (49, "pending")])
def test_schedule_processes_uploads_after_an_outage_of_a_day(
    tables: LocalCloud, monkeypatch: pytest.MonkeyPatch, hours: int, state: str
) -> None:
    job = an_uploaded_job(tables, timedelta())
    later = datetime.now(UTC) + timedelta(hours=hours)
    monkeypatch.setattr(clock, "now", lambda: later)

    handler({}, LambdaContextStub(300_000))

    assert find_import(job.import_id).state == state


def test_file_is_continued_in_the_next_invocation_before_the_time_ends(
    tables: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processing, "MAX_AT_ONCE", 1)
    monkeypatch.setattr(processing, "CHECKPOINT_EVERY", 2)
    products = [a_product(price=2_450) for _ in range(5)]
    rows = "".join(f"{it.slug};29.00\n" for it in products)
    job = create_import(by="anna@hearth.example", now=datetime.now(UTC))
    put_upload(import_key(job.import_id), f"slug;price\n{rows}".encode())
    record = {"s3": {"object": {"key": import_key(job.import_id), "sequencer": "A1"}}}
    next_record = {"s3": {"object": {"key": continuation_key(job.import_id), "sequencer": "B2"}}}

    handler({"Records": [record]}, EndingContext(checks=3))
    stopped = find_import(job.import_id)
    handler({"Records": [next_record]}, EndingContext(checks=1))
    handler({"Records": [next_record]}, LambdaContextStub(300_000))
    done = find_import(job.import_id)

    assert (stopped.state, stopped.checkpoint, stopped.counts) == ("processing", 3, {"updated": 2})
    assert count_rows(stopped) == {"updated": 5}
    assert upload_exists(continuation_key(job.import_id))
    assert (done.state, count_rows(done)) == ("done", {"updated": 5})
    assert [current_product(it).version for it in products] == [1] * 5


class EndingContext(LambdaContextStub):
    """The time is up after so many products."""

    def __init__(self, *, checks: int) -> None:
        super().__init__(300_000)
        self.checks = checks

    def get_remaining_time_in_millis(self) -> int:
        self.checks -= 1
        return 300_000 if self.checks >= 0 else 20_000
