"""Static files are uploaded before an update, cached forever, and kept a day after it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ulid import ULID

from infra.aws.static_files import (
    content_type,
    delete_old_versions,
    expired_versions,
    upload_static_files,
)
from infra.build.bundles import ROOT
from infra.build.static_files import static_version
from infra.local.cloud import LocalCloud
from infra.user_error import UserError

NOW = datetime(2031, 5, 1, 12, tzinfo=UTC)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.fixture
def bucket(tables_cloud: LocalCloud) -> str:
    name = f"static-{str(ULID()).lower()}"
    tables_cloud.client("s3").create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    return name


def a_site(root: Path, style: str) -> Path:
    folder = root / "frontend/static/css"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "site.css").write_text(style)
    return root


def test_uploaded_file_has_its_type_and_is_cached_forever(
    tables_cloud: LocalCloud, bucket: str, tmp_path: Path
) -> None:
    root = a_site(tmp_path, "a {}")

    version, number = upload_static_files(tables_cloud.client("s3"), bucket, root)

    stored = tables_cloud.client("s3").get_object(
        Bucket=bucket, Key=f"static/{version}/css/site.css"
    )
    assert (version, number) == (static_version(root), 1)
    assert stored["CacheControl"] == "public, max-age=31536000, immutable"
    assert stored["ContentType"] == "text/css"


def test_page_of_the_version_before_still_finds_its_files(
    tables_cloud: LocalCloud, bucket: str, tmp_path: Path
) -> None:
    s3 = tables_cloud.client("s3")
    first, _ = upload_static_files(s3, bucket, a_site(tmp_path, "a {}"))
    second, _ = upload_static_files(s3, bucket, a_site(tmp_path, "b {}"))

    assert delete_old_versions(s3, bucket, second, now=datetime.now(UTC)) == ()
    assert s3.get_object(Bucket=bucket, Key=f"static/{first}/css/site.css")

    tomorrow = datetime.now(UTC) + timedelta(days=1, hours=1)
    assert delete_old_versions(s3, bucket, second, now=tomorrow) == (first,)
    (left,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert left["Key"] == f"static/{second}/css/site.css"


def test_version_is_deleted_a_day_after_it_was_replaced() -> None:
    """However old it is: pages that link to it were served until then."""
    uploaded = {"a": days_ago(90), "b": days_ago(30), "c": days_ago(0.5)}

    assert expired_versions(uploaded, "c", now=NOW) == ("a",)


def test_current_version_stays_after_a_return_to_it() -> None:
    uploaded = {"a": days_ago(9), "b": days_ago(8), "c": days_ago(7)}

    assert expired_versions(uploaded, "a", now=NOW) == ("b",)


def test_bundle_with_other_files_is_refused(
    tables_cloud: LocalCloud, bucket: str, tmp_path: Path
) -> None:
    staged = tmp_path / "build/web/frontend"
    staged.mkdir(parents=True)
    (staged / "static_version.txt").write_text("0123456789")

    with pytest.raises(UserError, match="another version"):
        upload_static_files(tables_cloud.client("s3"), bucket, a_site(tmp_path, "a {}"))


def test_every_static_file_has_a_content_type() -> None:
    types = {content_type(path) for path in (ROOT / "frontend/static").rglob("*") if path.is_file()}

    assert {"text/css", "text/javascript", "font/woff2"} <= types


def test_file_without_a_known_type_is_refused() -> None:
    with pytest.raises(UserError, match=r"pot\.unknown"):
        content_type(Path("pot.unknown"))
