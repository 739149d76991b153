"""The images of a product: adding one, their order and descriptions, and removing one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace
from pynamodb.transactions import TransactWrite
from ulid import ULID

from app.catalog.catalog_cache import CatalogEntry
from app.catalog.image_uploads import request_upload
from app.catalog.models import Product, ProductImage, Variant
from app.catalog.products import admin_path, edit_transaction
from app.errors import ValidationFailed
from app.persistence.audit_log import record_change

MAX_IMAGES = 12  # of one product


@dataclass(frozen=True)
class ImageDetails:
    """The alternative text of an image, and the SKU that it shows; "" if none in particular."""

    alt: str
    sku: str = ""


def request_new_image(entry: CatalogEntry, alt: str, *, now: datetime) -> ProductImage:
    """Expect the upload of another image of this product, under a new id."""
    if len(entry.images) >= MAX_IMAGES:
        raise ValidationFailed(f"A product has at most {MAX_IMAGES} images.", field="alt")
    return request_upload(entry.product.slug, str(ULID()).lower(), alt, now=now)


def move_image(
    entry: CatalogEntry, image: ProductImage, position: int, *, by: str, now: datetime
) -> None:
    """Move the image to this position; 0 is the cover, and a position past the end is the last.

    A repeat changes nothing. Raises ``EditConflict``, like every edit here.
    """
    order = [it.image_id for it in entry.images]
    order.remove(image.image_id)
    order.insert(max(position, 0), image.image_id)
    if order == [it.image_id for it in entry.images]:
        return
    with _edit(entry, "Reordered the images", by=by, now=now) as transaction:
        transaction.update(
            entry.product,
            actions=[Product.image_order.set(tuple(order))],
            condition=Product.image_order == entry.product.image_order,
        )


def update_image_details(
    entry: CatalogEntry, image: ProductImage, details: ImageDetails, *, by: str, now: datetime
) -> None:
    summary = f"Described the image “{details.alt}”"
    with _edit(entry, summary, by=by, now=now) as transaction:
        transaction.update(
            image,
            actions=[ProductImage.alt.set(details.alt)],
            condition=ProductImage.item_id.exists(),
        )
        _assign_to_variant(transaction, entry, image, sku=details.sku)


def remove_image(entry: CatalogEntry, image: ProductImage, *, by: str, now: datetime) -> None:
    """Remove the image from the product. Its files stay in S3: orders and open pages show them."""
    summary = f"Removed the image “{image.alt}”"
    with _edit(entry, summary, by=by, now=now) as transaction:
        transaction.delete(image, condition=ProductImage.item_id.exists())
        _assign_to_variant(transaction, entry, image, sku="")


def sku_of_image(entry: CatalogEntry, image: ProductImage) -> str:
    """The SKU of the variant that this image shows, or "" if none in particular."""
    skus = (v.sku for v in entry.product.variants if v.image_id == image.image_id)
    return next(skus, "")


@contextmanager
def _edit(entry: CatalogEntry, summary: str, *, by: str, now: datetime) -> Iterator[TransactWrite]:
    """A transaction that also writes the audit log; raises ``EditConflict``."""
    product = entry.product
    with edit_transaction() as transaction:
        yield transaction
        summary = f"{summary} of {product.title}"
        record_change(transaction, summary, path=admin_path(product), by=by, now=now)


def _assign_to_variant(
    transaction: TransactWrite, entry: CatalogEntry, image: ProductImage, *, sku: str
) -> None:
    """Make this the image of that variant and of no other."""
    before = entry.product.variants
    after = tuple(_with_image(variant, image.image_id, sku) for variant in before)
    if after != before:
        transaction.update(
            entry.product,
            actions=[Product.variants.set(after)],
            condition=Product.variants == before,
        )


def _with_image(variant: Variant, image_id: str, sku: str) -> Variant:
    if variant.sku == sku:
        return replace(variant, image_id=image_id)
    return replace(variant, image_id=None) if variant.image_id == image_id else variant
