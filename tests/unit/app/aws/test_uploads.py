from typing import Any

import httpx
import pytest
from ulid import ULID

from app.aws.image_storage import keep, upload_form
from app.aws.s3 import read_upload, uploaded_size
from app.catalog.image_uploads import LARGEST_UPLOAD, upload_key
from app.settings import settings
from infra.local.cloud import LocalCloud
from tests.sample_images import a_jpeg

pytestmark = pytest.mark.usefixtures("tables")


def sent(form: dict[str, Any], content: bytes, **changed: str) -> httpx.Response:
    return httpx.post(
        form["url"], data=form["fields"] | changed, files={"file": ("pot.jpg", content)}
    )


def test_a_form_takes_the_picture_it_was_made_for() -> None:
    picture_id = str(ULID())

    assert sent(upload_form("pot", picture_id, "image/jpeg"), a_jpeg()).is_success

    key = upload_key("pot", picture_id)
    assert uploaded_size(key) == len(a_jpeg())
    assert read_upload(key) == a_jpeg()


@pytest.mark.parametrize(
    "changed",
    [{"key": "incoming/pot/of-somebody-else"}, {"Content-Type": "text/html"}, {"policy": "e30="}],
)
def test_a_form_takes_nothing_else(changed: dict[str, str]) -> None:
    answer = sent(upload_form("pot", str(ULID()), "image/jpeg"), a_jpeg(), **changed)

    assert answer.status_code in (400, 403)


@pytest.mark.parametrize("size", [0, LARGEST_UPLOAD + 1])
def test_a_form_takes_nothing_that_is_empty_or_too_large(size: int) -> None:
    answer = sent(upload_form("pot", str(ULID()), "image/jpeg"), bytes(size))

    assert answer.status_code in (400, 403)


def test_a_size_is_kept_for_ever_as_webp(tables: LocalCloud) -> None:
    path = f"/media/{ULID()}/0123456789abcdef/240.webp"

    keep(path, b"webp")

    found = tables.client("s3").get_object(Bucket=settings().media_bucket, Key=path.lstrip("/"))
    assert found["ContentType"] == "image/webp"
    assert "immutable" in found["CacheControl"]
