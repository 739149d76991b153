"""Thumbnail worker: resizes an uploaded image to all sizes, or rejects it with a reason.

Its schedule also processes uploads that were missed, and deletes the files of deleted products.
"""

import hashlib
import io
from collections import Counter
from typing import Any

from PIL import Image

from app import clock
from app.aws.s3 import delete_image_files, put_image, read_upload, upload_exists, upload_size
from app.catalog.image_uploads import (
    MAX_UPLOAD_BYTES,
    ImageUpload,
    ProcessedImage,
    finish_check,
    images_to_delete,
    mark_files_deleted,
    mark_ready,
    mark_rejected,
    overdue_uploads,
    upload_key,
)
from app.catalog.models import DeletedImages, ProductImage
from app.catalog.thumbnail_sizes import PREVIEW_WIDTH, THUMBNAIL_WIDTHS
from app.errors import NotFound
from app.observability.lambda_context import inject_lambda_context
from app.observability.logs import log, log_error
from workers.image_decoding import InvalidImage, decode_image
from workers.s3_events import is_retried_by_lambda, parse_uploads

MIN_REMAINING_MS = 20_000  # with less time left, no further image is started
TOO_LARGE = f"The file is larger than {MAX_UPLOAD_BYTES // 2**20} MB. Upload a smaller one."


@inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> None:
    """Handle an S3 notification, or the schedule, which looks for uploads that were missed."""
    if "Records" not in event:
        process_missed_uploads(context)
        delete_unused_files(context)
        return
    for key, sequencer in parse_uploads(event):
        try:
            upload = ImageUpload.from_key(key, sequencer)
        except NotFound:
            log("thumbnails", outcome="unknown upload")
            continue
        try:
            outcome = create_thumbnails(key, upload)
        except Exception as error:
            if is_retried_by_lambda(event, now=clock.now()):
                raise
            outcome = f"left to the schedule: {type(error).__name__}"
        log("thumbnails", image_id=upload.image_id, outcome=outcome)


def process_missed_uploads(context: Any) -> None:
    """Process uploads without a notification, or whose processing failed.

    One that fails does not stop the others; the next run tries it again.
    """
    outcomes: dict[str, int] = Counter()
    for upload in overdue_uploads(clock.now()):
        if context.get_remaining_time_in_millis() < MIN_REMAINING_MS:
            break
        key = upload_key(upload.slug, upload.image_id)
        try:
            outcomes[create_thumbnails(key, upload) if upload_exists(key) else "no_upload"] += 1
            finish_check(upload)
        except Exception as error:
            log_error("thumbnails failed", image_id=upload.image_id, error=type(error).__name__)
    fields: dict[str, Any] = dict(outcomes)
    log("thumbnails", outcome="processed missed uploads", **fields)


def delete_unused_files(context: Any) -> None:
    """Delete the files of images whose product was deleted, an hour after that.

    Idempotent: the next run repeats what failed. A product whose files cannot be deleted does not
    delay the others; the last error is raised after them. Browsers and the CDN may show an image
    that they have cached.
    """
    failure: Exception | None = None
    for row in images_to_delete(clock.now()):
        if context.get_remaining_time_in_millis() < MIN_REMAINING_MS:
            break
        try:
            _delete_files(row)
        except Exception as error:
            log_error("thumbnails failed", slug=row.slug, error=type(error).__name__)
            failure = error
    if failure is not None:
        raise failure


def _delete_files(row: DeletedImages) -> None:
    for image_id in row.image_ids:
        delete_image_files(row.slug, image_id)
    mark_files_deleted(row)
    log("thumbnails", outcome="deleted files", slug=row.slug, images=len(row.image_ids))


def create_thumbnails(key: str, upload: ImageUpload) -> str:
    """Store all sizes of an uploaded image, and its link preview.

    A rejection is final; other errors are retried.

    Idempotent: the paths contain the hash of the content. They are written before the image's row
    names them, so a page never links to a missing file.
    """
    try:
        if upload_size(key) > MAX_UPLOAD_BYTES:
            raise InvalidImage(TOO_LARGE)
        data = read_upload(key)
        image = decode_image(data)
    except InvalidImage as error:
        return "rejected" if mark_rejected(upload, str(error)) else "superseded"
    version = hashlib.sha256(data).hexdigest()[:16]
    stored_as = ProductImage(image_id=upload.image_id, version=version)
    encoded: dict[int, bytes] = {}  # by width: a small image has the same file for several widths
    for thumbnail_width in THUMBNAIL_WIDTHS:
        width = min(thumbnail_width, image.width)
        encoded[width] = encoded.get(width) or encode_webp(image, width)
        put_image(stored_as.url(thumbnail_width), encoded[width])
    put_image(stored_as.preview_url, encode_jpeg(image, PREVIEW_WIDTH))
    is_newest = mark_ready(upload, ProcessedImage(version, image.width, image.height))
    return "ready" if is_newest else "superseded"


def encode_webp(image: Image.Image, width: int) -> bytes:
    """Return a WebP copy of this width. Images are never enlarged."""
    out = io.BytesIO()
    _resized(image, width).save(out, "WEBP", quality=82, method=4)
    return out.getvalue()


def encode_jpeg(image: Image.Image, width: int) -> bytes:
    """Return a JPEG copy of this width, for link previews. Images are never enlarged."""
    out = io.BytesIO()
    _resized(image, width).convert("RGB").save(out, "JPEG", quality=80, optimize=True)
    return out.getvalue()


def _resized(image: Image.Image, width: int) -> Image.Image:
    copy = image.copy()
    copy.thumbnail((width, width * 4))
    return copy
