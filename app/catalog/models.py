"""The rows of the catalogue. All lie on one shelf, so that one Query reads the whole of it."""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from pynamodb.attributes import (
    BooleanAttribute,
    DiscriminatorAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from app.persistence.dynamodb import StructAttribute, Table, WholeAttribute, in_shop

SHELF = "shop"
ARRIVES_WITHIN = timedelta(minutes=7)  # an upload form lasts five; then it is cut to size


class ShelfItem(Table):
    """Something on the shelf: a product, or a picture of one."""

    class Meta:
        table_name = in_shop("catalog")

    shelf = UnicodeAttribute(hash_key=True, default=SHELF)
    entry = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()


class Variant(Struct, frozen=True):
    """One form that can be bought. ``swatch`` is a CSS colour, ``picture`` a picture id."""

    sku: str
    name: str
    swatch: str | None = None
    picture: str | None = None


class Texts(Struct, frozen=True):
    """What a product says in another language; what is left empty is said in English.

    ``words`` are those for its colours and for what its pictures show, by the English ones.
    """

    title: str = ""
    category: str = ""
    blurb: str = ""
    details: tuple[str, ...] = ()
    words: dict[str, str] = {}


NO_TEXTS = Texts()


class Product(ShelfItem, discriminator="product"):
    """A product as shoppers see it; ``price`` repeats its skus' price, by transaction."""

    slug = UnicodeAttribute()
    title = UnicodeAttribute()
    category = UnicodeAttribute()
    blurb = UnicodeAttribute()
    details = StructAttribute[tuple[str, ...]](tuple[str, ...], default=())
    price = WholeAttribute()
    compare_at = WholeAttribute(null=True)
    weight_g = WholeAttribute(null=True)
    tags = StructAttribute[tuple[str, ...]](tuple[str, ...], default=())
    variants = StructAttribute[tuple[Variant, ...]](tuple[Variant, ...], default=())
    texts = StructAttribute[dict[str, Texts]](dict[str, Texts], null=True)  # by language
    picture_order = StructAttribute[tuple[str, ...]](tuple[str, ...], default=())
    position = WholeAttribute(default=0)
    listed = BooleanAttribute(default=True)
    version = WholeAttribute(default=0)  # counts its edits; an edit names the one it saw
    added_at = UTCDateTimeAttribute()


class PictureState(StrEnum):
    WAITING = "waiting"  # asked for, or uploaded and not yet cut to size
    READY = "ready"
    REFUSED = "refused"


class Picture(ShelfItem, discriminator="picture"):
    """A picture. ``sequencer`` orders its uploads; ``version`` names the newest content."""

    slug = UnicodeAttribute()
    picture_id = UnicodeAttribute()
    alt = UnicodeAttribute()
    state = UnicodeAttribute(default=PictureState.WAITING)
    reason = UnicodeAttribute(null=True)
    sequencer = UnicodeAttribute(default="")
    version = UnicodeAttribute(null=True)
    width = WholeAttribute(null=True)
    height = WholeAttribute(null=True)
    asked_at = UTCDateTimeAttribute()

    def url(self, width: int) -> str:
        """Where the WebP of this width lies; it never changes, a new upload gets a new version."""
        return f"/media/{self.picture_id}/{self.version}/{width}.webp"

    @property
    def ready(self) -> bool:
        return self.state == PictureState.READY

    def awaited(self, now: datetime) -> bool:
        """Whether something may still become of it; an upload that never came is given up."""
        return self.state == PictureState.WAITING and now - self.asked_at < ARRIVES_WITHIN


def product_key(slug: str) -> str:
    return f"product#{slug}"


def picture_key(slug: str, picture_id: str) -> str:
    return f"picture#{slug}#{picture_id}"
