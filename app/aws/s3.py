"""S3: presigned upload forms for browsers, reading uploads, and storing processed images."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from app.aws.clients import client
from app.catalog.image_uploads import MAX_UPLOAD_BYTES, upload_key
from app.settings import settings

FORM_TTL_SECONDS = 300
MAX_REPORTED_BYTES = 100 * 2**20  # of an upload whose size our page reports, not S3
CACHE_FOREVER = "public, max-age=31536000, immutable"  # every upload gets a new path
CONTENT_TYPES = {"webp": "image/webp", "jpg": "image/jpeg"}  # by extension


@dataclass(frozen=True)
class UploadPolicy:
    """The single file that an upload form accepts: its key, content type and maximum size."""

    key: str
    content_type: str
    max_bytes: int


def presigned_upload_form(policy: UploadPolicy, *, redirect_to: str = "") -> dict[str, Any]:
    """Return a presigned POST for this file, valid for five minutes.

    ``url`` is the form's action, ``fields`` are its hidden fields; the file must be the last
    field. S3 redirects the browser to ``redirect_to``, which is signed like the other fields.
    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html
    """
    signed = {"Content-Type": policy.content_type}
    if redirect_to:
        signed["success_action_redirect"] = redirect_to
    form: dict[str, Any] = client("s3").generate_presigned_post(
        Bucket=settings().upload_bucket,
        Key=policy.key,
        Fields=signed,
        Conditions=[
            *({name: value} for name, value in signed.items()),
            ["content-length-range", *_accepted_sizes(policy, redirect_to)],
        ],
        ExpiresIn=FORM_TTL_SECONDS,
    )
    return form


def _accepted_sizes(policy: UploadPolicy, redirect_to: str) -> tuple[int, int]:
    """The least and most bytes. A script checks the size before it sends the file.

    Without one, S3 would answer with its XML. So S3 takes the file and redirects to our page, and
    the worker refuses the file by its size, without reading it, with a reason that the page shows.
    """
    return (0, MAX_REPORTED_BYTES) if redirect_to else (1, policy.max_bytes)


def image_upload_form(
    slug: str, image_id: str, content_type: str, *, redirect_to: str = ""
) -> dict[str, Any]:
    """Return the presigned POST for the file of one product image."""
    policy = UploadPolicy(upload_key(slug, image_id), content_type, MAX_UPLOAD_BYTES)
    return presigned_upload_form(policy, redirect_to=redirect_to)


def upload_exists(key: str) -> bool:
    """Whether the upload exists. S3 answers 403 for a missing key if we may not list the bucket.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    """
    try:
        upload_size(key)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"403", "404"}:
            return False
        raise
    return True


def upload_size(key: str) -> int:
    """The size of an upload in bytes, without reading its content."""
    response = client("s3").head_object(Bucket=settings().upload_bucket, Key=key)
    return int(response["ContentLength"])


def put_upload(key: str, content: bytes = b"") -> None:
    """Store a file of ours, whose notification starts a worker. A repeat starts it again."""
    client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=content)


def read_upload(key: str) -> bytes:
    response = client("s3").get_object(Bucket=settings().upload_bucket, Key=key)
    body: bytes = response["Body"].read()
    return body


def put_image(path: str, content: bytes) -> None:
    """Store one size of an image under its URL path in the media bucket. A repeat overwrites it.

    The content type is that of the path's extension, ``.webp`` or ``.jpg``.
    """
    client("s3").put_object(
        Bucket=settings().media_bucket,
        Key=path.lstrip("/"),
        Body=content,
        ContentType=CONTENT_TYPES[path.rpartition(".")[2]],
        CacheControl=CACHE_FOREVER,
    )


def delete_image_files(slug: str, image_id: str) -> None:
    """Delete the upload of an image, and all sizes of all versions. A repeat changes nothing."""
    s3 = client("s3")
    s3.delete_object(Bucket=settings().upload_bucket, Key=upload_key(slug, image_id))
    while files := _files_under(f"media/{image_id}/"):
        for key in files:
            s3.delete_object(Bucket=settings().media_bucket, Key=key)


def _files_under(prefix: str) -> list[str]:
    """At most 1,000 keys in the media bucket."""
    response = client("s3").list_objects_v2(Bucket=settings().media_bucket, Prefix=prefix)
    return [item["Key"] for item in response.get("Contents", ())]
