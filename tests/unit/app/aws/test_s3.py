from typing import Any

import httpx
import pytest
from ulid import ULID

from app.aws.s3 import image_upload_form, put_image, read_upload, upload_size
from app.catalog.image_uploads import MAX_UPLOAD_BYTES, upload_key
from app.settings import settings
from infra.local.cloud import LocalCloud
from tests.sample_images import a_jpeg

pytestmark = pytest.mark.usefixtures("tables")


def post_form(form: dict[str, Any], content: bytes, **changed: str) -> httpx.Response:
    return httpx.post(
        form["url"], data=form["fields"] | changed, files={"file": ("pot.jpg", content)}
    )


def test_presigned_form_accepts_its_image() -> None:
    image_id = str(ULID())

    assert post_form(image_upload_form("pot", image_id, "image/jpeg"), a_jpeg()).is_success

    key = upload_key("pot", image_id)
    assert upload_size(key) == len(a_jpeg())
    assert read_upload(key) == a_jpeg()


@pytest.mark.parametrize(
    "changed",
    [{"key": "images/pot/of-another-product"}, {"Content-Type": "text/html"}, {"policy": "e30="}],
)
def test_presigned_form_rejects_changed_fields(changed: dict[str, str]) -> None:
    response = post_form(image_upload_form("pot", str(ULID()), "image/jpeg"), a_jpeg(), **changed)

    assert response.status_code in (400, 403)


@pytest.mark.parametrize("size", [0, MAX_UPLOAD_BYTES + 1])
def test_presigned_form_rejects_empty_and_too_large_files(size: int) -> None:
    response = post_form(image_upload_form("pot", str(ULID()), "image/jpeg"), bytes(size))

    assert response.status_code in (400, 403)


def test_processed_image_is_stored_as_webp_and_cached_forever(tables: LocalCloud) -> None:
    path = f"/media/{ULID()}/0123456789abcdef/240.webp"

    put_image(path, b"webp")

    stored = tables.client("s3").get_object(Bucket=settings().media_bucket, Key=path.lstrip("/"))
    assert stored["ContentType"] == "image/webp"
    assert "immutable" in stored["CacheControl"]
