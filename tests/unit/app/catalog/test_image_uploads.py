import pytest
from ulid import ULID

from app.catalog.catalog_cache import CatalogEntry
from app.catalog.image_uploads import (
    ImageUpload,
    ProcessedImage,
    find_image,
    mark_ready,
    mark_rejected,
    request_upload,
    upload_key,
)
from app.catalog.images import MAX_IMAGES, request_new_image
from app.catalog.models import ProductImage
from app.errors import NotFound, ValidationFailed
from tests.builders import NOON, a_product

pytestmark = pytest.mark.usefixtures("tables")

PROCESSED = ProcessedImage("0123456789abcdef", 960, 640)
TOO_SMALL = "The image is too small."


def an_upload(sequencer: str = "A1") -> ImageUpload:
    slug, image_id = str(a_product().slug), str(ULID())
    request_upload(slug, image_id, "A pot", now=NOON)
    return ImageUpload.from_key(upload_key(slug, image_id), sequencer)


def another_upload(upload: ImageUpload, sequencer: str) -> ImageUpload:
    return ImageUpload.from_key(upload_key(upload.slug, upload.image_id), sequencer)


def image_of(upload: ImageUpload) -> ProductImage:
    return find_image(upload.slug, upload.image_id)


def test_requested_image_is_pending() -> None:
    image = image_of(an_upload())

    assert (image.state, image.alt) == ("pending", "A pot")
    assert image.version is None


def test_processed_image_is_ready_and_its_url_has_the_version() -> None:
    upload = an_upload()

    assert mark_ready(upload, PROCESSED)

    image = image_of(upload)
    assert image.is_ready
    assert (image.width, image.height) == (960, 640)
    assert image.url(480) == f"/media/{upload.image_id}/0123456789abcdef/480.webp"


def test_mark_ready_is_idempotent() -> None:
    upload = an_upload()

    assert mark_ready(upload, PROCESSED)
    assert mark_ready(upload, PROCESSED)


def test_newest_upload_wins_if_notifications_are_out_of_order() -> None:
    older = an_upload("0055AED6DCD90281E5")
    newer = another_upload(older, "0055AED6DCD90281E6")
    mark_ready(newer, ProcessedImage("newer", 1, 1))

    assert not mark_ready(older, ProcessedImage("older", 1, 1))
    assert image_of(older).version == "newer"


def test_sequencers_of_different_length_are_compared_as_numbers() -> None:
    older = an_upload("FF")
    mark_ready(another_upload(older, "100"), ProcessedImage("newer", 1, 1))

    assert not mark_ready(older, ProcessedImage("older", 1, 1))


def test_rejected_upload_has_a_reason_and_keeps_the_previous_content() -> None:
    upload = an_upload("A1")
    mark_ready(upload, PROCESSED)

    assert mark_rejected(another_upload(upload, "A2"), TOO_SMALL)

    image = image_of(upload)
    assert (image.state, image.reason) == ("rejected", TOO_SMALL)
    assert image.version == PROCESSED.version


def test_rejection_of_an_older_upload_is_ignored() -> None:
    upload = an_upload("A1")
    mark_ready(another_upload(upload, "A2"), PROCESSED)

    assert not mark_rejected(upload, "too late")
    assert image_of(upload).is_ready


def test_new_request_after_a_rejection_is_pending_without_a_reason() -> None:
    upload = an_upload()
    mark_rejected(upload, TOO_SMALL)

    request_upload(upload.slug, upload.image_id, "A pot, again", now=NOON)

    image = image_of(upload)
    assert (image.state, image.alt) == ("pending", "A pot, again")
    assert image.reason is None


def test_new_upload_after_a_rejection_is_ready() -> None:
    upload = an_upload("A1")
    mark_rejected(upload, TOO_SMALL)

    assert mark_ready(another_upload(upload, "A2"), PROCESSED)
    assert image_of(upload).reason is None


def test_upload_that_was_not_requested_is_ignored() -> None:
    unknown = ImageUpload("no-such-product", str(ULID()), "A1")

    assert not mark_ready(unknown, PROCESSED)
    with pytest.raises(NotFound):
        image_of(unknown)


@pytest.mark.parametrize(
    "key", ["", "images/", "images/pot", "images//x", "images/pot/x/y", "other/pot/x"]
)
def test_unknown_upload_key_is_not_found(key: str) -> None:
    with pytest.raises(NotFound):
        ImageUpload.from_key(key, "A1")


def test_product_has_a_maximum_number_of_images() -> None:
    entry = CatalogEntry(a_product(), (ProductImage(),) * MAX_IMAGES)

    with pytest.raises(ValidationFailed):
        request_new_image(entry, "One too many", now=NOON)
