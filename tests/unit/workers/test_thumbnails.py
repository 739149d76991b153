import io
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from PIL import Image
from ulid import ULID

from app import clock
from app.aws.s3 import delete_image_files
from app.catalog.catalog_cache import read_entry
from app.catalog.image_uploads import (
    FINAL_CHECK_DELAY,
    MAX_UPLOAD_BYTES,
    find_image,
    images_to_delete,
    request_upload,
    upload_key,
)
from app.catalog.models import Product, ProductImage
from app.catalog.publishing import archive_product, delete_product
from app.catalog.thumbnail_sizes import THUMBNAIL_WIDTHS
from app.settings import settings
from infra.local.cloud import LocalCloud
from tests.builders import NOON, LambdaContextStub, a_product
from tests.crash_injection import failing_calls, interleave, recorded_calls
from tests.sample_images import (
    ORIENTATION,
    SECRET_LOCATION,
    a_decompression_bomb,
    a_heic,
    a_jpeg,
    a_multi_picture_jpeg,
    a_phone_photo,
    a_png_with_damaged_profile,
    a_rotated_photo_with_odd_metadata,
    an_animation,
    an_image,
    an_s3_notification,
    damaged_copies,
    encode,
)
from workers.image_decoding import (
    ANIMATED,
    DAMAGED,
    EMPTY,
    NOT_AN_IMAGE,
    TOO_MANY_PIXELS,
    TOO_SMALL,
    InvalidImage,
    decode_image,
)
from workers.thumbnails import MIN_REMAINING_MS, TOO_LARGE, encode_jpeg, handler

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def upload(
    cloud: LocalCloud, content: bytes, *, slug: str = "", image_id: str = ""
) -> tuple[str, str]:
    """Request an upload, upload the content, and deliver the S3 notification."""
    slug, image_id = slug or str(a_product().slug), image_id or str(ULID())
    request_upload(slug, image_id, "A pot", now=NOON)
    key = upload_key(slug, image_id)
    cloud.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=content)
    handler(an_s3_notification(key), LambdaContextStub())
    return slug, image_id


def processed_image(cloud: LocalCloud, content: bytes) -> ProductImage:
    return find_image(*upload(cloud, content))


def stored_thumbnail(cloud: LocalCloud, image: ProductImage, width: int) -> bytes:
    key = image.url(width).lstrip("/")
    body = cloud.client("s3").get_object(Bucket=settings().media_bucket, Key=key)["Body"]
    content: bytes = body.read()
    return content


def test_link_preview_is_a_small_jpeg(tables: LocalCloud) -> None:
    image = processed_image(tables, encode(an_image(2400, 3000), "PNG"))

    key = image.preview_url.lstrip("/")
    stored = tables.client("s3").get_object(Bucket=settings().media_bucket, Key=key)
    content = stored["Body"].read()
    preview = Image.open(io.BytesIO(content))
    assert stored["ContentType"] == "image/jpeg"
    assert (preview.format, preview.mode, preview.size) == ("JPEG", "RGB", (960, 1200))
    assert image.preview_size == preview.size
    assert not preview.getexif()


def test_very_tall_image_is_at_most_four_times_as_high_as_wide() -> None:
    jpeg = encode_jpeg(Image.new("RGB", (200, 2_000)), 100)

    assert Image.open(io.BytesIO(jpeg)).size == (40, 400)


def test_link_preview_of_a_small_image_is_not_enlarged(tables: LocalCloud) -> None:
    image = processed_image(tables, encode(an_image(600, 400), "PNG"))

    assert image.preview_size == (600, 400)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_image_is_resized_to_every_thumbnail_width_as_webp(tables: LocalCloud, kind: str) -> None:
    image = processed_image(tables, encode(an_image(2400, 1600), kind))

    assert image.is_ready
    assert (image.width, image.height) == (1920, 1280)
    for width in THUMBNAIL_WIDTHS:
        thumbnail = Image.open(io.BytesIO(stored_thumbnail(tables, image, width)))
        assert (thumbnail.format, thumbnail.size) == ("WEBP", (width, width * 2 // 3))


def test_heic_of_a_phone_becomes_webp_and_jpeg(tables: LocalCloud) -> None:
    image = processed_image(tables, a_heic(an_image(2400, 1600)))

    assert image.is_ready
    assert (image.width, image.height) == (1920, 1280)
    assert Image.open(io.BytesIO(stored_thumbnail(tables, image, 480))).format == "WEBP"


def test_small_image_is_not_enlarged(tables: LocalCloud) -> None:
    image = processed_image(tables, a_jpeg(300, 200))

    assert Image.open(io.BytesIO(stored_thumbnail(tables, image, 1920))).size == (300, 200)


def test_phone_photo_is_rotated_upright_and_loses_its_location(tables: LocalCloud) -> None:
    image = processed_image(tables, a_phone_photo())

    assert (image.width, image.height) == (480, 640)
    content = stored_thumbnail(tables, image, 480)
    thumbnail = Image.open(io.BytesIO(content))
    assert not thumbnail.getexif()
    assert SECRET_LOCATION not in content
    top_right, top_left = thumbnail.getpixel((470, 10)), thumbnail.getpixel((10, 10))
    assert isinstance(top_right, tuple)
    assert isinstance(top_left, tuple)
    assert top_right[1] < 80 < top_left[1]  # the red corner was turned to the right


@pytest.mark.parametrize("tag", [0x0110, 0x011A, 0x0128])  # model, resolution and its unit
@pytest.mark.parametrize("kind", [1, 2, 7])  # bytes, text and undefined bytes
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_rotated_photo_with_odd_metadata_is_rotated_upright(tag: int, kind: int) -> None:
    """Pillow reads such metadata, but cannot write it."""
    assert decode_image(a_rotated_photo_with_odd_metadata(tag, kind)).size == (480, 640)


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [
        *((1, (0, 0)), (2, (1, 0)), (3, (1, 1)), (4, (0, 1))),
        *((5, (0, 0)), (6, (1, 0)), (7, (1, 1)), (8, (0, 1)), (9, (0, 0))),
    ],
)
def test_image_of_each_orientation_is_turned_upright(
    orientation: int, corner: tuple[int, int]
) -> None:
    """``corner`` is where the first pixel belongs: https://www.cipa.jp/std/documents/e/DC-008-2012_E.pdf"""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    original = an_image(40, 30, "white")
    original.paste("red", (0, 0, 10, 10))

    image = decode_image(encode(original, "PNG", exif=exif))

    assert image.size == ((30, 40) if orientation in (5, 6, 7, 8) else (40, 30))
    width, height = image.size
    assert image.getpixel((corner[0] * (width - 1), corner[1] * (height - 1))) == (255, 0, 0)


def test_image_with_a_damaged_profile_is_accepted_without_it(tables: LocalCloud) -> None:
    assert processed_image(tables, a_png_with_damaged_profile()).is_ready


@pytest.mark.parametrize("hidden", [b"PK\x03\x04" + b"zip" * 99, b"<html><script>alert(1)"])
def test_bytes_appended_to_an_image_are_removed(tables: LocalCloud, hidden: bytes) -> None:
    image = processed_image(tables, a_jpeg() + hidden)

    assert image.is_ready
    assert all(hidden not in stored_thumbnail(tables, image, width) for width in THUMBNAIL_WIDTHS)


def test_multi_picture_jpeg_of_a_phone_is_accepted(tables: LocalCloud) -> None:
    image = processed_image(tables, a_multi_picture_jpeg())

    assert image.is_ready
    assert (image.width, image.height) == (640, 480)


def test_transparent_pixels_become_white(tables: LocalCloud) -> None:
    image = processed_image(tables, encode(Image.new("RGBA", (64, 64), (0, 0, 0, 0)), "PNG"))

    assert Image.open(io.BytesIO(stored_thumbnail(tables, image, 240))).getpixel((5, 5)) == (
        255,
        255,
        255,
    )


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "CMYK", "I;16"])
def test_images_of_every_colour_mode_are_accepted(tables: LocalCloud, mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"

    assert processed_image(tables, encode(Image.new(mode, (64, 64)), kind)).is_ready


INVALID: dict[str, tuple[Callable[[], bytes], str]] = {
    "gif": (lambda: encode(an_image(64, 64), "GIF"), NOT_AN_IMAGE),
    "tiff": (lambda: encode(an_image(64, 64), "TIFF"), NOT_AN_IMAGE),
    "ico": (lambda: encode(an_image(64, 64), "ICO"), NOT_AN_IMAGE),
    "pdf": (lambda: encode(an_image(64, 64), "PDF"), NOT_AN_IMAGE),
    "eps": (lambda: encode(an_image(64, 64), "EPS"), NOT_AN_IMAGE),
    "svg": (lambda: SVG, NOT_AN_IMAGE),
    "html": (lambda: b"<!doctype html><script>alert(1)</script>", NOT_AN_IMAGE),
    "nothing": (lambda: b"", EMPTY),
    "zeros": (lambda: bytes(4_096), NOT_AN_IMAGE),
    "noise": (lambda: random.Random(7).randbytes(4_096), NOT_AN_IMAGE),
    "truncated jpeg": (lambda: a_jpeg()[: len(a_jpeg()) // 2], DAMAGED),
    "truncated png": (lambda: encode(an_image(640, 480), "PNG")[:-40], DAMAGED),
    "animated gif": (lambda: an_animation("GIF"), NOT_AN_IMAGE),
    "animated webp": (
        lambda: an_animation("WEBP"),
        ANIMATED,
    ),
    "animated png": (
        lambda: an_animation("PNG"),
        ANIMATED,
    ),
    "bomb": (a_decompression_bomb, TOO_MANY_PIXELS),
    "1x1": (lambda: a_jpeg(1, 1), TOO_SMALL),
    "20000x2": (lambda: encode(an_image(20_000, 2), "PNG"), TOO_SMALL),
    "11 MB": (lambda: bytes(MAX_UPLOAD_BYTES + 1), TOO_LARGE),
}


@pytest.mark.parametrize("name", INVALID)
def test_invalid_image_is_rejected_with_a_reason_for_the_merchant(
    tables: LocalCloud, name: str
) -> None:
    make_content, reason = INVALID[name]

    image = processed_image(tables, make_content())

    assert (image.state, image.reason) == ("rejected", reason)
    assert image.version is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow warns about some kinds of damage
def test_damaged_image_is_decoded_or_rejected_but_never_crashes(kind: str) -> None:
    content = a_phone_photo() if kind == "JPEG" else encode(an_image(80, 60), kind)
    for damaged in damaged_copies(content, kind):
        try:
            decode_image(damaged)
        except InvalidImage:
            continue


def test_duplicate_s3_notification_is_ignored(tables: LocalCloud) -> None:
    slug, image_id = upload(tables, a_jpeg())
    first = find_image(slug, image_id)

    handler(an_s3_notification(upload_key(slug, image_id)), LambdaContextStub())

    assert find_image(slug, image_id).version == first.version


def test_late_notification_of_an_older_upload_is_ignored(
    tables: LocalCloud, capfd: pytest.CaptureFixture[str]
) -> None:
    slug, image_id = upload(tables, a_jpeg())
    key = upload_key(slug, image_id)
    tables.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=a_jpeg(800, 600))
    handler(an_s3_notification(key, "A2"), LambdaContextStub())
    newest = find_image(slug, image_id).version

    tables.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=b"")
    handler(an_s3_notification(key, "A0"), LambdaContextStub())

    assert find_image(slug, image_id).version == newest
    *_, last = map(json.loads, capfd.readouterr().err.splitlines())
    assert last["outcome"] == "superseded"


def test_encoded_s3_key_is_decoded(tables: LocalCloud) -> None:
    slug, image_id = upload(tables, a_jpeg(), image_id=f"grüne kanne+{ULID()}")

    assert find_image(slug, image_id).is_ready


@pytest.mark.parametrize("key", ["elsewhere/pot/1", "images/pot", "images/a/b/c"])
def test_unknown_upload_is_ignored(tables: LocalCloud, key: str) -> None:
    handler(an_s3_notification(key), LambdaContextStub())


def test_s3_test_event_is_ignored(tables: LocalCloud) -> None:
    handler({"Service": "Amazon S3", "Event": "s3:TestEvent"}, LambdaContextStub())


def test_missing_upload_raises_so_that_it_is_retried(tables: LocalCloud) -> None:
    with pytest.raises(Exception, match="404"):
        handler(an_s3_notification(upload_key("pot", str(ULID()))), LambdaContextStub())


def upload_without_notification(
    cloud: LocalCloud, content: bytes | None, *, requested_at: datetime
) -> tuple[str, str]:
    """Request an upload, and upload the content, if any, without an S3 notification."""
    slug, image_id = str(a_product().slug), str(ULID())
    request_upload(slug, image_id, "A pot", now=requested_at)
    if content is not None:
        key = upload_key(slug, image_id)
        cloud.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=content)
    return slug, image_id


def test_schedule_processes_uploads_whose_notification_was_lost(tables: LocalCloud) -> None:
    now = datetime.now(UTC)
    unprocessed = upload_without_notification(
        tables, a_jpeg(), requested_at=now - timedelta(minutes=8)
    )
    damaged = upload_without_notification(
        tables, b"<html>", requested_at=now - timedelta(minutes=8)
    )
    recent = upload_without_notification(tables, a_jpeg(), requested_at=now - timedelta(minutes=6))
    not_uploaded = upload_without_notification(
        tables, None, requested_at=now - timedelta(minutes=8)
    )

    handler({"source": "aws.events"}, LambdaContextStub())

    states = [find_image(*it).state for it in (unprocessed, damaged, recent, not_uploaded)]
    assert states == ["ready", "rejected", "pending", "pending"]


def test_late_notification_of_a_newer_upload_replaces_the_scheduled_result(
    tables: LocalCloud,
) -> None:
    image = upload_without_notification(
        tables, a_jpeg(), requested_at=datetime.now(UTC) - timedelta(minutes=8)
    )
    handler({}, LambdaContextStub())
    first = find_image(*image).version
    key = upload_key(*image)
    newer = a_jpeg(300, 200)
    tables.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=newer)

    handler(an_s3_notification(key), LambdaContextStub())

    assert find_image(*image).version not in {None, first}


def test_schedule_starts_no_image_with_too_little_time_left(tables: LocalCloud) -> None:
    image = upload_without_notification(
        tables, a_jpeg(), requested_at=datetime.now(UTC) - timedelta(minutes=8)
    )

    handler({}, LambdaContextStub(MIN_REMAINING_MS - 1))

    assert find_image(*image).state == "pending"


def put_upload(cloud: LocalCloud, image: tuple[str, str], content: bytes) -> None:
    key = upload_key(*image)
    cloud.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=content)


def notify(image: tuple[str, str], sequencer: str, *, age: timedelta) -> None:
    """Deliver the S3 notification of an upload of this age."""
    notification = an_s3_notification(upload_key(*image), sequencer)
    time = (datetime.now(UTC) - age).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    notification["Records"][0]["eventTime"] = time
    handler(notification, LambdaContextStub())


def run_schedule_after(time: timedelta, monkeypatch: pytest.MonkeyPatch) -> None:
    later = datetime.now(UTC) + time
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: later)
        handler({}, LambdaContextStub())


@pytest.mark.parametrize("call", ["HeadObject", "GetObject", "PutObject", "UpdateItem"])
@pytest.mark.parametrize("first_content", [a_jpeg(), b"<html>"], ids=["ready", "rejected"])
def test_second_upload_of_a_form_is_processed_after_an_outage_of_a_day(
    tables: LocalCloud, monkeypatch: pytest.MonkeyPatch, call: str, first_content: bytes
) -> None:
    """The first upload is processed already, so the image's state does not show the second."""
    image = upload_without_notification(tables, first_content, requested_at=datetime.now(UTC))
    notify(image, "A1", age=timedelta())
    first = find_image(*image).version
    put_upload(tables, image, a_jpeg(300, 200))
    with failing_calls(call, "ServiceUnavailable"):
        with pytest.raises(Exception, match="ServiceUnavailable"):
            notify(image, "A2", age=timedelta(seconds=70))
        notify(image, "A2", age=timedelta(minutes=3))
        run_schedule_after(timedelta(hours=12), monkeypatch)

    run_schedule_after(timedelta(hours=24), monkeypatch)

    assert find_image(*image).is_ready
    assert find_image(*image).version not in {None, first}


def test_failed_notification_of_a_first_upload_is_left_to_the_schedule(
    tables: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outage of hours must not fill the dead-letter queue."""
    image = upload_without_notification(tables, a_jpeg(), requested_at=datetime.now(UTC))
    with failing_calls("GetObject", "ServiceUnavailable"):
        with pytest.raises(ClientError):
            notify(image, "A1", age=timedelta(seconds=70))
        notify(image, "A1", age=timedelta(hours=5))
    assert find_image(*image).state == "pending"

    run_schedule_after(timedelta(minutes=8), monkeypatch)

    assert find_image(*image).is_ready


def test_each_form_costs_one_final_check(
    tables: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = upload_without_notification(tables, a_jpeg(), requested_at=datetime.now(UTC))
    notify(image, "A1", age=timedelta())
    before = find_image(*image).version

    reads = []
    for minutes in (50, 70, 80):
        with recorded_calls() as calls:
            run_schedule_after(timedelta(minutes=minutes), monkeypatch)
        key = upload_key(*image)
        reads.append(sum("GetObject" in call and key in call for call in calls))

    assert reads == [0, 1, 0]
    assert find_image(*image).version == before


def test_form_issued_during_a_final_check_gets_a_check_of_its_own(
    tables: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = upload_without_notification(tables, a_jpeg(), requested_at=datetime.now(UTC))
    issued = datetime.now(UTC) + timedelta(hours=2)

    def issue_another_form() -> None:
        request_upload(*image, "A pot", now=issued)

    with interleave(issue_another_form, before=f"PutObject {image[1]}"):
        run_schedule_after(timedelta(hours=2), monkeypatch)

    assert find_image(*image).final_check_at == issued + FINAL_CHECK_DELAY


# --- files of deleted products ----------------------------------------------------------------


def a_deleted_product(cloud: LocalCloud, *, now: datetime) -> tuple[str, str]:
    """An archived product that was deleted, whose image has two versions. Its slug and image."""
    product = a_product()
    image = upload(cloud, a_jpeg(300, 200), slug=product.slug)
    put_upload(cloud, image, a_jpeg(310, 200))
    handler(an_s3_notification(upload_key(*image), "F" * 32), LambdaContextStub())
    _delete(product, now)
    return image


def _delete(product: Product, now: datetime) -> None:
    archive_product(product, by="ada@hearth.example", now=now)
    delete_product(read_entry(product.slug), by="ada@hearth.example", now=now)


def files_of(cloud: LocalCloud, image: tuple[str, str]) -> list[str]:
    s3 = cloud.client("s3")
    found = [
        s3.list_objects_v2(Bucket=settings().media_bucket, Prefix=f"media/{image[1]}/"),
        s3.list_objects_v2(Bucket=settings().upload_bucket, Prefix=upload_key(*image)),
    ]
    return [item["Key"] for page in found for item in page.get("Contents", ())]


def test_files_of_a_deleted_product_are_deleted_after_its_uploads_have_ended(
    tables: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    image = a_deleted_product(tables, now=now)
    kept = upload(tables, a_jpeg(300, 200))
    files, others = files_of(tables, image), files_of(tables, kept)

    run_schedule_after(FINAL_CHECK_DELAY - timedelta(minutes=1), monkeypatch)
    before = files_of(tables, image)
    run_schedule_after(FINAL_CHECK_DELAY + timedelta(minutes=1), monkeypatch)

    assert len(files) == 2 * (len(THUMBNAIL_WIDTHS) + 1) + 1  # two versions, and the original
    assert before == files
    assert files_of(tables, image) == []
    assert files_of(tables, kept) == others


@pytest.mark.parametrize(
    "call",
    ["DeleteObject images", "ListObjects", "DeleteObject media", "UpdateItem deleted-images"],
)
def test_deletion_of_files_that_failed_is_repeated(
    tables: LocalCloud, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    image = a_deleted_product(tables, now=datetime.now(UTC))
    later = datetime.now(UTC) + FINAL_CHECK_DELAY * 2

    with (
        failing_calls(call, "ServiceUnavailable") as failed,
        pytest.raises(Exception, match="ServiceUnavailable"),
    ):
        run_schedule_after(FINAL_CHECK_DELAY * 2, monkeypatch)
    left = [row.slug for row in images_to_delete(later)]
    run_schedule_after(FINAL_CHECK_DELAY * 2, monkeypatch)

    assert failed
    assert image[0] in left
    assert files_of(tables, image) == []
    assert images_to_delete(later) == []


def test_files_that_cannot_be_deleted_do_not_delay_those_of_other_products(
    tables: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked, other = (a_deleted_product(tables, now=datetime.now(UTC)) for _ in range(2))

    def refuse_blocked(slug: str, image_id: str) -> None:
        if slug == blocked[0]:
            raise PermissionError("AccessDenied")
        delete_image_files(slug, image_id)

    monkeypatch.setattr("workers.thumbnails.delete_image_files", refuse_blocked)
    with pytest.raises(PermissionError):
        run_schedule_after(FINAL_CHECK_DELAY * 2, monkeypatch)

    left = {row.slug for row in images_to_delete(datetime.now(UTC) + FINAL_CHECK_DELAY * 2)}
    assert blocked[0] in left
    assert other[0] not in left
    assert files_of(tables, other) == []


def test_files_that_another_product_uses_are_kept(
    tables: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = a_deleted_product(tables, now=datetime.now(UTC))
    other = a_product()
    request_upload(other.slug, image[1], "The same image", now=datetime.now(UTC))
    files = files_of(tables, image)

    run_schedule_after(FINAL_CHECK_DELAY * 2, monkeypatch)

    assert files_of(tables, image) == files


def test_product_without_images_leaves_nothing_to_delete(tables: LocalCloud) -> None:
    product, now = a_product(), datetime.now(UTC)

    _delete(product, now)

    due = images_to_delete(now + FINAL_CHECK_DELAY * 2)
    assert product.slug not in {row.slug for row in due}
