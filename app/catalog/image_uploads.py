"""Image uploads: requested by a merchant, sent to S3, then processed by the thumbnail worker.

S3 delivers notifications at least once and in any order, so a result is saved only if no newer
upload of the same image has been processed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pynamodb.exceptions import DoesNotExist, TransactWriteError, UpdateError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from app.catalog.models import (
    CATALOG_ID,
    DELETED_IMAGES_ID,
    HOME_SLUG,
    UPLOAD_TIMEOUT,
    DeletedImages,
    ImageState,
    Product,
    ProductImage,
    image_key,
    product_key,
)
from app.errors import Conflict, NotFound
from app.persistence.dynamodb import is_condition_failure, retrying_transaction

MAX_UPLOAD_BYTES = 10 * 2**20
ACCEPTED_TYPES = {  # and their names for people
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WebP",
    "image/heic": "HEIC",
    "image/heif": "HEIF",
    "image/avif": "AVIF",
}
UPLOAD_PREFIX = "images"  # of the keys in the uploads bucket
NOT_IN_SHOP = "This product is archived or deleted. Restore it before you upload an image."
# After this, no upload with the form can be running: 10 MB take an hour at 3 kB a second.
FINAL_CHECK_DELAY = timedelta(hours=1)


@dataclass(frozen=True)
class ImageUpload:
    """An upload that S3 reported. S3's sequencers compare as zero-padded hexadecimal text.

    ``final_check_at`` is set if this is the final check for an upload.
    """

    slug: str
    image_id: str
    sequencer: str
    final_check_at: datetime | None = None

    @classmethod
    def from_key(cls, key: str, sequencer: str) -> "ImageUpload":
        """Parse an S3 key made by ``upload_key``; raise ``NotFound`` for any other."""
        prefix, _, rest = key.partition("/")
        slug, _, image_id = rest.partition("/")
        if prefix != UPLOAD_PREFIX or not slug or not image_id or "/" in image_id:
            raise NotFound(f"No upload was requested for the key {key!r}.")
        return cls(slug, image_id, sequencer.rjust(32, "0"))


@dataclass(frozen=True)
class ProcessedImage:
    """The result of the thumbnail worker. ``version`` is the hash of the uploaded content."""

    version: str
    width: int
    height: int


def upload_key(slug: str, image_id: str) -> str:
    return f"{UPLOAD_PREFIX}/{slug}/{image_id}"


def request_upload(slug: str, image_id: str, alt: str, *, now: datetime) -> ProductImage:
    """Expect an upload. An existing image shows its old content until the new one is ready.

    Raises ``Conflict`` if the product is archived or deleted: its image would stay for ever.
    """
    image = ProductImage(
        CATALOG_ID,
        image_key(slug, image_id),
        slug=slug,
        image_id=image_id,
        alt=alt,
        requested_at=now,
    )
    actions: list[Action] = [
        ProductImage.slug.set(slug),
        ProductImage.image_id.set(image_id),
        ProductImage.alt.set(alt),
        ProductImage.kind.set(ProductImage),
        ProductImage.state.set(ImageState.PENDING),
        ProductImage.requested_at.set(now),
        ProductImage.final_check_at.set(now + FINAL_CHECK_DELAY),
        ProductImage.reason.remove(),
    ]
    try:
        with retrying_transaction() as transaction:
            if slug != HOME_SLUG:
                _require_product_in_shop(transaction, slug)
            transaction.update(image, actions=actions)
    except TransactWriteError as error:
        if not is_condition_failure(error):
            raise
        raise Conflict(NOT_IN_SHOP) from error
    return image


def _require_product_in_shop(transaction: TransactWrite, slug: str) -> None:
    """Only an archived product can be deleted, so that its images cannot become more meanwhile."""
    product = Product(CATALOG_ID, product_key(slug))
    in_shop = Product.slug.exists() & Product.archived_at.does_not_exist()
    transaction.update(product, actions=[Product.slug.set(slug)], condition=in_shop)


def find_image(slug: str, image_id: str) -> ProductImage:
    try:
        return ProductImage.get(CATALOG_ID, image_key(slug, image_id), consistent_read=True)
    except DoesNotExist:
        raise NotFound("There is no such image.") from None


def overdue_uploads(now: datetime) -> Iterator[ImageUpload]:
    """Uploads that should have been processed by now, in case S3's notification was lost or failed.

    They get the sequencer of the image's last upload, so that any later notification wins. A form
    can be sent twice, so an image whose first upload is ready is checked too, once for each form.
    """
    is_overdue = (ProductImage.state == ImageState.PENDING) & (
        ProductImage.requested_at < now - UPLOAD_TIMEOUT
    )
    images = ProductImage.query(
        CATALOG_ID,
        ProductImage.item_id.startswith("image#"),
        filter_condition=is_overdue | (ProductImage.final_check_at < now),
        consistent_read=True,
    )
    for image in images:
        check_at = image.final_check_at
        is_final = check_at is not None and check_at < now
        yield ImageUpload(
            image.slug,
            image.image_id,
            image.sequencer.rjust(32, "0"),
            final_check_at=check_at if is_final else None,
        )


def finish_check(upload: ImageUpload) -> None:
    """Record that the final check is done. That of a form issued meanwhile remains to be done."""
    if upload.final_check_at is None:
        return
    try:
        ProductImage(CATALOG_ID, image_key(upload.slug, upload.image_id)).update(
            actions=[ProductImage.final_check_at.remove()],
            condition=ProductImage.final_check_at == upload.final_check_at,
        )
    except UpdateError as error:
        if not is_condition_failure(error):
            raise


def mark_ready(upload: ImageUpload, processed: ProcessedImage) -> bool:
    """Show the new content. ``False`` if a newer upload of this image was processed before."""
    return _save_result(
        upload,
        [
            ProductImage.state.set(ImageState.READY),
            ProductImage.version.set(processed.version),
            ProductImage.width.set(processed.width),
            ProductImage.height.set(processed.height),
            ProductImage.reason.remove(),
        ],
    )


def mark_rejected(upload: ImageUpload, reason: str) -> bool:
    """Save the reason for the merchant. The previous content of the image stays visible."""
    return _save_result(
        upload,
        [ProductImage.state.set(ImageState.REJECTED), ProductImage.reason.set(reason)],
    )


def _save_result(upload: ImageUpload, actions: list[Any]) -> bool:
    image = ProductImage(CATALOG_ID, image_key(upload.slug, upload.image_id))
    is_newest = ProductImage.sequencer.does_not_exist() | (
        ProductImage.sequencer <= upload.sequencer
    )
    try:
        image.update(
            actions=[*actions, ProductImage.sequencer.set(upload.sequencer)],
            condition=ProductImage.item_id.exists() & is_newest,
        )
    except UpdateError as error:
        if is_condition_failure(error):
            return False
        raise
    return True


# --- files of deleted products ----------------------------------------------------------------


def deleted_images(
    product: Product, images: Iterable[ProductImage], *, now: datetime
) -> DeletedImages:
    """The row that makes the worker delete the files of these images."""
    key = f"{DeletedImages.deleted_at.serialize(now)}#{product.slug}"
    return DeletedImages(
        DELETED_IMAGES_ID,
        key,
        slug=product.slug,
        image_ids=tuple(image.image_id for image in images),
        deleted_at=now,
    )


def images_to_delete(now: datetime) -> list[DeletedImages]:
    """Images whose product was deleted so long ago that no upload of them can be running.

    Images that another product has are left out.
    """
    until = DeletedImages.deleted_at.serialize(now - FINAL_CHECK_DELAY)
    due = [
        *DeletedImages.query(
            DELETED_IMAGES_ID,
            DeletedImages.item_id < until,
            filter_condition=DeletedImages.files_deleted == False,  # noqa: E712 (an expression)
            consistent_read=True,
        )
    ]
    if not due:
        return []
    images = ProductImage.query(
        CATALOG_ID, ProductImage.item_id.startswith("image#"), consistent_read=True
    )
    used = {image.image_id for image in images}
    for row in due:
        row.image_ids = tuple(it for it in row.image_ids if it not in used)
    return due


def mark_files_deleted(row: DeletedImages) -> None:
    """After all files are deleted. A crash before repeats the deletion, which changes nothing."""
    row.update(actions=[DeletedImages.files_deleted.set(True)])
