import io
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from ulid import ULID

from app.catalog.image_uploads import MAX_UPLOAD_BYTES, THUMBNAIL_WIDTHS, request_upload, find_image, upload_key
from app.catalog.models import ProductImage
from app.settings import settings
from infra.local.cloud import LocalCloud
from tests.builders import NOON, LambdaContextStub
from tests.sample_images import (
    SECRET_LOCATION,
    a_jpeg,
    a_phone_photo,
    an_s3_notification,
    an_image,
    a_multi_picture_jpeg,
    a_decompression_bomb,
    an_animation,
    encode,
)
from workers.thumbnails import MIN_REMAINING_MS, InvalidImage, handler, decode_image

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
NO_PICTURE = "This is not a JPEG, PNG or WebP picture, or it is damaged."
TOO_LARGE = "The picture has more than 20 million pixels."


def uploaded(cloud: LocalCloud, content: bytes, *, slug: str = "") -> tuple[str, str]:
    """A picture that was asked for, and whose upload S3 has told us of."""
    slug, picture_id = slug or f"pot-{ULID()}".lower(), str(ULID())
    request_upload(slug, picture_id, "A pot", now=NOON)
    key = upload_key(slug, picture_id)
    cloud.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=content)
    handler(an_s3_notification(key), LambdaContextStub())
    return slug, picture_id


def outcome(cloud: LocalCloud, content: bytes) -> ProductImage:
    return find_image(*uploaded(cloud, content))


def shown(cloud: LocalCloud, picture: ProductImage, width: int) -> bytes:
    key = picture.url(width).lstrip("/")
    body = cloud.client("s3").get_object(Bucket=settings().media_bucket, Key=key)["Body"]
    content: bytes = body.read()
    return content


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_good_picture_is_cut_to_every_size_as_webp(tables: LocalCloud, kind: str) -> None:
    picture = outcome(tables, encode(an_image(2400, 1600), kind))

    assert picture.is_ready
    assert (picture.width, picture.height) == (1920, 1280)
    for width in THUMBNAIL_WIDTHS:
        cut = Image.open(io.BytesIO(shown(tables, picture, width)))
        assert (cut.format, cut.size) == ("WEBP", (width, width * 2 // 3))


def test_nothing_is_blown_up(tables: LocalCloud) -> None:
    picture = outcome(tables, a_jpeg(300, 200))

    assert Image.open(io.BytesIO(shown(tables, picture, 1920))).size == (300, 200)


def test_a_picture_from_a_phone_stands_upright_and_tells_no_place(tables: LocalCloud) -> None:
    picture = outcome(tables, a_phone_photo())

    assert (picture.width, picture.height) == (480, 640)
    content = shown(tables, picture, 480)
    cut = Image.open(io.BytesIO(content))
    assert not cut.getexif()
    assert SECRET_LOCATION not in content
    top_right, top_left = cut.getpixel((470, 10)), cut.getpixel((10, 10))
    assert isinstance(top_right, tuple)
    assert isinstance(top_left, tuple)
    assert top_right[1] < 80 < top_left[1]  # the red corner was turned to the right


@pytest.mark.parametrize("hidden", [b"PK\x03\x04" + b"zip" * 99, b"<html><script>alert(1)"])
def test_what_hides_behind_a_picture_is_gone(tables: LocalCloud, hidden: bytes) -> None:
    picture = outcome(tables, a_jpeg() + hidden)

    assert picture.is_ready
    assert all(hidden not in shown(tables, picture, width) for width in THUMBNAIL_WIDTHS)


def test_a_picture_may_carry_another_behind_it_as_phones_do(tables: LocalCloud) -> None:
    picture = outcome(tables, a_multi_picture_jpeg())

    assert picture.is_ready
    assert (picture.width, picture.height) == (640, 480)


def test_what_shines_through_becomes_white(tables: LocalCloud) -> None:
    picture = outcome(tables, encode(Image.new("RGBA", (64, 64), (0, 0, 0, 0)), "PNG"))

    assert Image.open(io.BytesIO(shown(tables, picture, 240))).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "CMYK", "I;16"])
def test_pictures_of_every_colour_mode_are_cut(tables: LocalCloud, mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"

    assert outcome(tables, encode(Image.new(mode, (64, 64)), kind)).is_ready


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "gif": (lambda: encode(an_image(64, 64), "GIF"), NO_PICTURE),
    "tiff": (lambda: encode(an_image(64, 64), "TIFF"), NO_PICTURE),
    "ico": (lambda: encode(an_image(64, 64), "ICO"), NO_PICTURE),
    "pdf": (lambda: encode(an_image(64, 64), "PDF"), NO_PICTURE),
    "eps": (lambda: encode(an_image(64, 64), "EPS"), NO_PICTURE),
    "svg": (lambda: SVG, NO_PICTURE),
    "html": (lambda: b"<!doctype html><script>alert(1)</script>", NO_PICTURE),
    "nothing": (lambda: b"", NO_PICTURE),
    "zeros": (lambda: bytes(4_096), NO_PICTURE),
    "noise": (lambda: random.Random(7).randbytes(4_096), NO_PICTURE),
    "truncated jpeg": (lambda: a_jpeg()[: len(a_jpeg()) // 2], NO_PICTURE),
    "truncated png": (lambda: encode(an_image(640, 480), "PNG")[:-40], NO_PICTURE),
    "animated gif": (lambda: an_animation("GIF"), NO_PICTURE),
    "animated webp": (
        lambda: an_animation("WEBP"),
        "The picture is animated; please send a still one.",
    ),
    "animated png": (
        lambda: an_animation("PNG"),
        "The picture is animated; please send a still one.",
    ),
    "bomb": (a_decompression_bomb, TOO_LARGE),
    "1x1": (lambda: a_jpeg(1, 1), "The picture is too small."),
    "20000x2": (lambda: encode(an_image(20_000, 2), "PNG"), TOO_LARGE),
    "11 MB": (lambda: bytes(MAX_UPLOAD_BYTES + 1), "The file is larger than 10 MB."),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_we_cannot_show_is_refused_and_the_merchant_sees_why(
    tables: LocalCloud, what: str
) -> None:
    made, reason = REFUSED[what]

    picture = outcome(tables, made())

    assert (picture.state, picture.reason) == ("refused", reason)
    assert picture.version is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow complains of damage in passing
def test_damage_is_either_cut_or_refused_but_never_an_accident(kind: str) -> None:
    content, chance = encode(an_image(80, 60), kind), random.Random(kind)
    if kind == "JPEG":
        content = a_phone_photo()
    for _ in range(300):
        damaged = bytearray(content)
        for _ in range(chance.randint(1, 8)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            decode_image(bytes(damaged))
        except InvalidImage:
            continue


def test_the_same_notice_again_changes_nothing(tables: LocalCloud) -> None:
    slug, picture_id = uploaded(tables, a_jpeg())
    first = find_image(slug, picture_id)

    handler(an_s3_notification(upload_key(slug, picture_id)), LambdaContextStub())

    assert find_image(slug, picture_id).version == first.version


def test_a_late_notice_of_an_older_upload_changes_nothing(tables: LocalCloud) -> None:
    slug, picture_id = uploaded(tables, a_jpeg())
    key = upload_key(slug, picture_id)
    tables.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=a_jpeg(800, 600))
    handler(an_s3_notification(key, "A2"), LambdaContextStub())
    newest = find_image(slug, picture_id).version

    tables.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=b"")
    handler(an_s3_notification(key, "A0"), LambdaContextStub())

    assert find_image(slug, picture_id).version == newest


def test_a_name_with_blanks_and_accents_is_read_as_it_was_given(tables: LocalCloud) -> None:
    slug, picture_id = uploaded(tables, a_jpeg(), slug="grüne kanne+deckel")

    assert find_image(slug, picture_id).is_ready


@pytest.mark.parametrize("key", ["elsewhere/pot/1", "images/pot", "images/a/b/c"])
def test_what_we_never_asked_for_is_left_alone(tables: LocalCloud, key: str) -> None:
    handler(an_s3_notification(key), LambdaContextStub())


def test_the_platforms_own_test_notice_is_no_upload(tables: LocalCloud) -> None:
    handler({"Service": "Amazon S3", "Event": "s3:TestEvent"}, LambdaContextStub())


def test_an_upload_that_cannot_be_read_is_tried_again(tables: LocalCloud) -> None:
    with pytest.raises(Exception, match="404"):
        handler(an_s3_notification(upload_key("pot", str(ULID()))), LambdaContextStub())


def missed(cloud: LocalCloud, content: bytes | None, *, requested_at: datetime) -> tuple[str, str]:
    """A picture that was asked for, and whose upload, if it came, S3 never told us of."""
    slug, picture_id = f"pot-{ULID()}".lower(), str(ULID())
    request_upload(slug, picture_id, "A pot", now=requested_at)
    if content is not None:
        key = upload_key(slug, picture_id)
        cloud.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=content)
    return slug, picture_id


def test_an_upload_that_s3_never_told_of_is_found_by_the_clock(tables: LocalCloud) -> None:
    now = datetime.now(UTC)
    forgotten = missed(tables, a_jpeg(), requested_at=now - timedelta(minutes=8))
    damaged = missed(tables, b"<html>", requested_at=now - timedelta(minutes=8))
    still_coming = missed(tables, a_jpeg(), requested_at=now - timedelta(minutes=6))
    never_sent = missed(tables, None, requested_at=now - timedelta(minutes=8))

    handler({"source": "aws.events"}, LambdaContextStub())

    states = [find_image(*it).state for it in (forgotten, damaged, still_coming, never_sent)]
    assert states == ["ready", "refused", "waiting", "waiting"]


def test_news_of_s3_that_come_late_win_over_the_clock(tables: LocalCloud) -> None:
    picture = missed(tables, a_jpeg(), requested_at=datetime.now(UTC) - timedelta(minutes=8))
    handler({}, LambdaContextStub())
    first = find_image(*picture).version
    key = upload_key(*picture)
    newer = a_jpeg(300, 200)
    tables.client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=newer)

    handler(an_s3_notification(key), LambdaContextStub())

    assert find_image(*picture).version not in {None, first}


def test_the_clock_begins_no_picture_that_it_cannot_finish(tables: LocalCloud) -> None:
    picture = missed(tables, a_jpeg(), requested_at=datetime.now(UTC) - timedelta(minutes=8))

    handler({}, LambdaContextStub(MIN_REMAINING_MS - 1))

    assert find_image(*picture).state == "waiting"
