"""Cut an uploaded picture to the sizes pages use, or refuse it with a reason the merchant sees."""

import hashlib
import io
import warnings
from collections import Counter
from typing import Any

from PIL import Image, ImageOps

from app import clock
from app.aws.image_storage import keep
from app.aws.s3 import read_upload, uploaded, uploaded_size
from app.catalog.image_uploads import (
    LARGEST_UPLOAD,
    WIDTHS,
    Finished,
    Upload,
    finish,
    overdue,
    refuse,
    upload_key,
)
from app.catalog.models import Picture
from app.errors import NotFound
from app.observability.logs import log
from workers.s3_events import uploads_in

MOST_PIXELS = 20_000_000
SHORTEST_SIDE, LONGEST_SIDE = 16, 8_000
LONGEST_CUT = 20_000  # milliseconds; with less left no other picture is begun
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


class Refused(Exception):
    """The reason, in words for the merchant."""


def handler(notice: dict[str, Any], context: Any) -> None:
    """Told by S3 of uploads; told by the clock, to look for those it has not been told of."""
    if "Records" not in notice:
        cut_what_was_missed(context)
        return
    for key, sequencer in uploads_in(notice):
        try:
            upload = Upload.from_key(key, sequencer)
        except NotFound:
            log("thumbnails", outcome="not an upload we asked for")
            continue
        log("thumbnails", picture=upload.picture_id, outcome=cut(key, upload))


def cut_what_was_missed(context: Any) -> None:
    """One that cannot be cut now must not keep the others from it: the clock comes back."""
    became: dict[str, int] = Counter()
    for upload in overdue(clock.now()):
        if context.get_remaining_time_in_millis() < LONGEST_CUT:
            break
        key = upload_key(upload.slug, upload.picture_id)
        try:
            became[cut(key, upload) if uploaded(key) else "absent"] += 1
        except Exception as error:
            log("thumbnails failed", picture=upload.picture_id, error=type(error).__name__)
    facts: dict[str, Any] = dict(became)
    log("thumbnails", outcome="looked for what was missed", **facts)


def cut(key: str, upload: Upload) -> str:
    """Refusals are final for this upload; anything else that goes wrong is raised and tried again.

    The sizes lie under the hash of the content before the picture's row names them, so a page
    never points at what is not there yet.
    """
    try:
        if uploaded_size(key) > LARGEST_UPLOAD:
            raise Refused("The file is larger than 10 MB.")
        data = read_upload(key)
        picture = open_safely(data)
    except Refused as reason:
        return "refused" if refuse(upload, str(reason)) else "overtaken"
    version = hashlib.sha256(data).hexdigest()[:16]
    address = Picture(picture_id=upload.picture_id, version=version)
    cut_to: dict[int, bytes] = {}  # pictures narrower than several widths are encoded once
    for width in WIDTHS:
        size = min(width, picture.width)
        cut_to[size] = cut_to.get(size) or as_webp(picture, size)
        keep(address.url(width), cut_to[size])
    done = finish(upload, Finished(version, picture.width, picture.height))
    return "ready" if done else "overtaken"


def open_safely(data: bytes) -> Image.Image:
    """Decode one still picture of a bearable size, upright and without anything but its pixels."""
    try:
        picture = Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP"))
        _check(picture)
        picture.draft("RGB", (WIDTHS[-1], WIDTHS[-1]))
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((WIDTHS[-1], WIDTHS[-1] * 2))
        return _on_white(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused("The picture has more than 20 million pixels.") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise Refused("This is not a JPEG, PNG or WebP picture, or it is damaged.") from error


def _check(picture: Image.Image) -> None:
    # Phones put a second picture, for depth or light, behind the first: "MPO", and no animation.
    if getattr(picture, "n_frames", 1) > 1 and picture.format != "MPO":
        raise Refused("The picture is animated; please send a still one.")
    if picture.width * picture.height > MOST_PIXELS or max(picture.size) > LONGEST_SIDE:
        raise Refused("The picture has more than 20 million pixels.")
    if min(picture.size) < SHORTEST_SIDE:
        raise Refused("The picture is too small.")


def _on_white(picture: Image.Image) -> Image.Image:
    """A new picture takes the pixels and nothing else: no location, comment or hidden file."""
    pixels = picture.convert("RGBA")
    clean = Image.new("RGB", picture.size, "white")
    clean.paste(pixels, mask=pixels.getchannel("A"))
    return clean


def as_webp(picture: Image.Image, width: int) -> bytes:
    """A copy of this width, which is the picture's own at most: nothing is ever blown up."""
    copy = picture.copy()
    copy.thumbnail((width, width * 4))
    out = io.BytesIO()
    copy.save(out, "WEBP", quality=82, method=4)
    return out.getvalue()
