"""DynamoDB items of the catalog: products and their images, in one partition read by one Query."""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from pynamodb.attributes import (
    BooleanAttribute,
    DiscriminatorAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from app.catalog.thumbnail_sizes import PREVIEW_WIDTH
from app.persistence.dynamodb import IntegerAttribute, StructAttribute, Table, table_name

CATALOG_ID = "products"  # the partition key of all products and images
DELETED_IMAGES_ID = "deleted-images"  # the partition key of ``DeletedImages``
HOME_SLUG = "home"  # the slug of images that belong to the home page instead of a product
DEFAULT_VARIANT = "Default"  # the name of a product's only variant; pages do not show it
# Tags with a label in every language of the shop. Merchants translate their own ones.
LABELLED_TAGS = frozenset({"new", "bestseller", "sale"})
UPLOAD_TIMEOUT = timedelta(minutes=7)  # the upload form is valid for five


class CatalogItem(Table):
    """An item of the catalog table: a product, an image, an import job or its result."""

    class Meta:
        table_name = table_name("catalog")

    catalog_id = UnicodeAttribute(hash_key=True, default=CATALOG_ID)
    item_id = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()


class Variant(Struct, frozen=True):
    """A variant that can be ordered. ``swatch`` is a CSS colour, or ``None``.

    Without a price of its own in cents it has the product's price and compare-at price, and
    without a weight the product's. ``barcode`` is a GTIN.
    """

    sku: str
    name: str
    swatch: str | None = None
    image_id: str | None = None
    price: int | None = None
    compare_at: int | None = None
    weight_g: int | None = None
    barcode: str | None = None


class Translation(Struct, frozen=True):
    """A product's texts in another language. English is shown for every empty field.

    ``terms`` maps English colours, materials, tags and image descriptions to their translations.
    """

    title: str = ""
    category: str = ""
    blurb: str = ""
    details: tuple[str, ...] = ()
    long_description: str = ""
    terms: dict[str, str] = {}


NO_TRANSLATION = Translation()


class ProductsByPosition(GlobalSecondaryIndex["Product"]):
    """Sparse index: products in the order that merchants chose, with what a list of it shows.

    Only an edit of these attributes is written to it too.
    """

    class Meta:
        index_name = "by-position"
        projection = IncludeProjection(["kind", "slug", "title", "category", "published"])

    catalog_id = UnicodeAttribute(hash_key=True)
    position = IntegerAttribute(range_key=True)


class Product(CatalogItem, discriminator="product"):
    """A product. ``price`` repeats the price of its stock items; one transaction changes both.

    ``version`` counts the edits, for optimistic locking. An archived product is not published.
    """

    slug = UnicodeAttribute()
    title = UnicodeAttribute()
    category = UnicodeAttribute()
    blurb = UnicodeAttribute()
    details = StructAttribute[tuple[str, ...]](tuple[str, ...], default=())
    long_description = UnicodeAttribute(default="")  # Markdown, see `markdown.py`
    price = IntegerAttribute()
    compare_at = IntegerAttribute(null=True)
    weight_g = IntegerAttribute(null=True)
    tags = StructAttribute[tuple[str, ...]](tuple[str, ...], default=())
    materials = StructAttribute[tuple[str, ...]](tuple[str, ...], default=())
    variants = StructAttribute[tuple[Variant, ...]](tuple[Variant, ...], default=())
    translations = StructAttribute[dict[str, Translation]](
        dict[str, Translation], null=True
    )  # by language code
    image_order = StructAttribute[tuple[str, ...]](tuple[str, ...], default=())
    position = IntegerAttribute(default=0)
    published = BooleanAttribute(default=True)
    version = IntegerAttribute(default=0)
    added_at = UTCDateTimeAttribute()
    archived_at = UTCDateTimeAttribute(null=True)
    by_position = ProductsByPosition()

    def price_of(self, variant: Variant) -> int:
        return int(self.price) if variant.price is None else variant.price

    def compare_at_of(self, variant: Variant) -> int | None:
        """The price before the sale; ``None`` if the variant is not on sale."""
        return self.compare_at if variant.price is None else variant.compare_at

    def weight_of(self, variant: Variant) -> int | None:
        return variant.weight_g or self.weight_g

    @property
    def cheapest(self) -> Variant:
        return min(self.variants, key=self.price_of)

    @property
    def has_several_prices(self) -> bool:
        return len({self.price_of(variant) for variant in self.variants}) > 1


class ImageState(StrEnum):
    PENDING = "pending"  # an upload was requested; the thumbnails are not ready yet
    READY = "ready"
    REJECTED = "rejected"


class ProductImage(CatalogItem, discriminator="image"):
    """An image of a product.

    ``sequencer`` orders the uploads of the image; ``version`` is the hash of the newest content.
    At ``final_check_at`` the newest upload is processed again, in case its notification failed.
    """

    slug = UnicodeAttribute()
    image_id = UnicodeAttribute()
    alt = UnicodeAttribute()
    state = UnicodeAttribute(default=ImageState.PENDING)
    reason = UnicodeAttribute(null=True)
    sequencer = UnicodeAttribute(default="")
    version = UnicodeAttribute(null=True)
    width = IntegerAttribute(null=True)
    height = IntegerAttribute(null=True)
    requested_at = UTCDateTimeAttribute()
    final_check_at = UTCDateTimeAttribute(null=True)

    def url(self, width: int) -> str:
        """The path of the WebP file of this width. Its content never changes."""
        return f"/media/{self.image_id}/{self.version}/{width}.webp"

    @property
    def preview_url(self) -> str:
        """The path of the JPEG for link previews: many of their readers have no WebP."""
        return f"/media/{self.image_id}/{self.version}/preview.jpg"

    @property
    def preview_size(self) -> tuple[int, int]:
        """Width and height of the JPEG; images are never enlarged."""
        full_width, full_height = self.width or PREVIEW_WIDTH, self.height or PREVIEW_WIDTH
        width = min(PREVIEW_WIDTH, full_width)
        return width, round(full_height * width / full_width)

    @property
    def is_ready(self) -> bool:
        return self.state == ImageState.READY

    def is_in_progress(self, now: datetime) -> bool:
        """Whether an upload may still arrive; after ``UPLOAD_TIMEOUT`` it is given up."""
        return self.state == ImageState.PENDING and now - self.requested_at < UPLOAD_TIMEOUT


class DeletedImages(CatalogItem, discriminator="deleted_images"):
    """The images of a deleted product, whose files are to be deleted. Its key begins with the time.

    Written in the transaction that deletes the product.
    """

    slug = UnicodeAttribute()
    image_ids = StructAttribute[tuple[str, ...]](tuple[str, ...])
    deleted_at = UTCDateTimeAttribute()
    files_deleted = BooleanAttribute(default=False)


def product_key(slug: str) -> str:
    return f"product#{slug}"


def image_key(slug: str, image_id: str) -> str:
    return f"image#{slug}#{image_id}"
