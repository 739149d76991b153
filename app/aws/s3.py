"""Uploads in S3: forms by which a browser sends a file straight there, and reading what came."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from app.aws.clients import client
from app.settings import settings

FORM_LASTS = 300  # seconds


@dataclass(frozen=True)
class Expected:
    """The one file that a form is for: under which key, of which type, how many bytes at most."""

    key: str
    content_type: str
    largest: int


def form_for(expected: Expected, *, back_to: str = "") -> dict[str, Any]:
    """A presigned POST for exactly this file, for five minutes.

    ``url`` is where to send it, ``fields`` what to send along, the file last. S3 leads a browser
    ``back_to`` a page of ours; it is signed like the rest, or S3 would refuse the form.
    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html
    """
    signed = {"Content-Type": expected.content_type}
    if back_to:
        signed["success_action_redirect"] = back_to
    form: dict[str, Any] = client("s3").generate_presigned_post(
        Bucket=settings().upload_bucket,
        Key=expected.key,
        Fields=signed,
        Conditions=[
            *({name: value} for name, value in signed.items()),
            ["content-length-range", 1, expected.largest],
        ],
        ExpiresIn=FORM_LASTS,
    )
    return form


def uploaded(key: str) -> bool:
    """Whether there is such an upload. Who may not list a bucket is told 403 of what is not there.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    """
    try:
        uploaded_size(key)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"403", "404"}:
            return False
        raise
    return True


def uploaded_size(key: str) -> int:
    """How many bytes were uploaded, asked before any of them is read."""
    answer = client("s3").head_object(Bucket=settings().upload_bucket, Key=key)
    return int(answer["ContentLength"])


def read_upload(key: str) -> bytes:
    answer = client("s3").get_object(Bucket=settings().upload_bucket, Key=key)
    body: bytes = answer["Body"].read()
    return body
