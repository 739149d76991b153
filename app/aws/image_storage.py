"""Pictures in S3: where a merchant's browser sends them, and where the sizes we cut are kept."""

from typing import Any

from app.aws.clients import client
from app.aws.s3 import Expected, form_for
from app.catalog.image_uploads import LARGEST_UPLOAD, upload_key
from app.settings import settings

FOR_EVER = "public, max-age=31536000, immutable"  # a new upload gets a new address


def upload_form(
    slug: str, picture_id: str, content_type: str, *, back_to: str = ""
) -> dict[str, Any]:
    expected = Expected(upload_key(slug, picture_id), content_type, LARGEST_UPLOAD)
    return form_for(expected, back_to=back_to)


def keep(path: str, webp: bytes) -> None:
    """Store one size under the path that pages use."""
    client("s3").put_object(
        Bucket=settings().media_bucket,
        Key=path.lstrip("/"),
        Body=webp,
        ContentType="image/webp",
        CacheControl=FOR_EVER,
    )
